"""The PKI as data: authorities, certificate profiles and phases, read from the folder `certs/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from hubemu.data import data_folder
from hubemu.errors import InputError
from hubemu.pki.steps import DEFAULT_MIGRATION, read_migration
from hubemu.settings import Phase
from hubemu.yamlfile import read_yaml

__all__ = [
    "AuthorityDefinition",
    "Definitions",
    "IdentityKind",
    "IssueProfile",
    "PhaseDefinition",
    "Profile",
    "load_definitions",
    "load_issue_profiles",
]

IdentityKind = Literal["legacy", "igc"]
"""Which authority an identity comes from: the Hub's own former one, or IGC Santé."""

KeyUsage = Literal["digitalSignature", "keyEncipherment", "keyCertSign", "cRLSign"]
ExtendedKeyUsage = Literal["serverAuth", "clientAuth"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AuthorityDefinition(_Strict):
    """Name (of its key file and CRL) and subject of one authority."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    country: str = "FR"
    organization: str
    units: tuple[str, ...] = ()
    common_name: str


class Profile(_Strict):
    """What a kind of certificate looks like; `days` and `renew` as said in `profiles.yaml`."""

    days: int = Field(gt=0)
    renew: int = Field(ge=0)
    organization: str = ""
    key_usage: tuple[KeyUsage, ...]
    extended_key_usage: tuple[ExtendedKeyUsage, ...] = ()
    names: tuple[str, ...] = ()


class IssueProfile(_Strict):
    """What a certificate that is asked for has different from a good one, as `issue.yaml` says."""

    about: str
    starts: int = -1
    ends: int = 730
    usages: tuple[ExtendedKeyUsage, ...] = ("serverAuth", "clientAuth")
    names: Literal["own", "none", "other", "wildcard"] = "own"
    subject: Literal["full", "cn"] = "full"
    hash: Literal["sha256", "sha1"] = "sha256"
    key_bits: int = 2048
    issuer: Literal["chain", "self", "stranger", "prod", "test"] = "chain"
    intermediates: bool = True
    revoked: bool = False


class PhaseDefinition(_Strict):
    """The server identity a phase shows and the authorities it trusts."""

    shows: IdentityKind
    trusts: tuple[IdentityKind, ...]


class _Authorities(_Strict):
    mark: str = Field(min_length=1)
    crl: str
    ocsp: str
    key_bits: int = Field(ge=2048)
    chains: Mapping[Literal["legacy", "igc-test", "igc-prod"], tuple[AuthorityDefinition, ...]] = (
        Field(min_length=3)
    )


class _Profiles(_Strict):
    authority: Profile
    server: Profile
    client: Profile

    @model_validator(mode="after")
    def _authorities_live_longest(self) -> Self:
        if self.authority.renew < max(self.server.days, self.client.days):
            raise ValueError("authority.renew must be at least the days of server and client")
        return self


class _IssueProfiles(RootModel[Mapping[str, IssueProfile]]):
    pass


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
        InputError: a file is missing or wrong, with file, line and what is allowed.
    """
    where = folder or data_folder("certs")
    authorities = read_yaml(where / "authorities.yaml", _Authorities)
    profiles = read_yaml(where / "profiles.yaml", _Profiles)
    phases = _phases(where / "migrations" / f"{DEFAULT_MIGRATION}.yaml")
    return Definitions(
        mark=authorities.mark,
        crl=authorities.crl,
        ocsp=authorities.ocsp,
        key_bits=authorities.key_bits,
        chains={str(name): chain for name, chain in authorities.chains.items()},
        authority=profiles.authority,
        server=profiles.server,
        client=profiles.client,
        phases=phases,
    )


def load_issue_profiles() -> Mapping[str, IssueProfile]:
    """The profiles of `hubemu certs issue`, by name."""
    return read_yaml(data_folder("certs") / "issue.yaml", _IssueProfiles).root


def _phases(file: Path) -> dict[Phase, PhaseDefinition]:
    """The phases: the steps of the migration to IGC Santé."""
    steps = {step.name: step for step in read_migration(file).steps}
    if set(steps) != set(Phase):
        raise InputError(file, f"its steps are the phases: {', '.join(Phase)}, no other")
    return {
        phase: PhaseDefinition.model_validate(
            {"shows": steps[phase].shows, "trusts": steps[phase].trusts}
        )
        for phase in Phase
    }
