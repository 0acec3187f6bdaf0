"""The PKI as data: authorities, certificate profiles and phases, read from the folder `certs/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hubemu.data_folders import data_folder, read_built_in
from hubemu.settings import Phase

__all__ = [
    "DEFAULT_MIGRATION",
    "AuthorityDefinition",
    "Definitions",
    "ExtendedKeyUsage",
    "IdentityKind",
    "KeyUsage",
    "PhaseDefinition",
    "Profile",
    "load_definitions",
]

DEFAULT_MIGRATION = "igc-sante"
"""That to IGC Santé: its steps are the phases."""

IdentityKind = Literal["legacy", "igc"]
"""Which authority an identity comes from: the Hub's own former one, or IGC Santé."""

KeyUsage = Literal["digitalSignature", "keyEncipherment", "keyCertSign", "cRLSign"]
ExtendedKeyUsage = Literal["serverAuth", "clientAuth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityDefinition:
    """Name (of its key file and CRL) and subject of one authority."""

    name: str
    organization: str
    common_name: str
    country: str = "FR"
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a kind of certificate looks like; `days` and `renew` as said in `profiles.yaml`."""

    days: int
    renew: int
    key_usage: tuple[KeyUsage, ...]
    organization: str = ""
    extended_key_usage: tuple[ExtendedKeyUsage, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseDefinition:
    """The server identity a phase shows and the authorities it trusts."""

    shows: IdentityKind
    trusts: tuple[IdentityKind, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything the data says; `chains` maps a chain's name to its authorities, root first."""

    mark: str
    crl: str
    ocsp: str
    key_bits: int
    chains: Mapping[str, tuple[AuthorityDefinition, ...]]
    authority: Profile
    server: Profile
    client: Profile
    phases: Mapping[Phase, PhaseDefinition]

    def trusted_chains(self, phase: Phase, igc_chain: str) -> tuple[str, ...]:
        """Names of the chains trusted in `phase` where `igc_chain` is the environment's."""
        kinds = self.phases[phase].trusts
        return tuple(igc_chain if kind == "igc" else kind for kind in kinds)


def load_definitions(folder: Path | None = None) -> Definitions:
    """The definitions in `folder`, or the built-in ones.

    Raises:
        InputError: a file of `folder` is missing or wrong, with file, line and what is allowed.
    """
    where = folder or data_folder("certs")
    if folder is not None:
        from hubemu.pki.definition_files import check_definitions

        check_definitions(folder)
    told = read_built_in(where / "authorities.yaml")
    profiles = read_built_in(where / "profiles.yaml")
    migration = read_built_in(where / "migrations" / f"{DEFAULT_MIGRATION}.yaml")
    return Definitions(
        mark=told["mark"],
        crl=told["crl"],
        ocsp=told["ocsp"],
        key_bits=told["key_bits"],
        chains={
            name: tuple(AuthorityDefinition(**_with_tuples(row)) for row in chain)
            for name, chain in told["chains"].items()
        },
        authority=Profile(**_with_tuples(profiles["authority"])),
        server=Profile(**_with_tuples(profiles["server"])),
        client=Profile(**_with_tuples(profiles["client"])),
        phases={
            Phase(step["name"]): PhaseDefinition(step["shows"], tuple(step["trusts"]))
            for step in migration["steps"]
        },
    )


def _with_tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
