"""The files of the folder `certs/` checked, and the profiles of certificates that are asked for.

Beside `definitions`, since pydantic takes longer to be loaded than those files to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from hubemu.data_folders import data_folder
from hubemu.errors import InputError
from hubemu.pki.definitions import DEFAULT_MIGRATION, ExtendedKeyUsage, KeyUsage
from hubemu.pki.steps import read_migration
from hubemu.settings import Phase
from hubemu.yamlfile import read_yaml

__all__ = ["IssueProfile", "check_definitions", "load_issue_profiles"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class _Authority(_Strict):
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    country: str = "FR"
    organization: str
    units: tuple[str, ...] = ()
    common_name: str


class _Authorities(_Strict):
    mark: str = Field(min_length=1)
    crl: str
    ocsp: str
    key_bits: int = Field(ge=2048)
    chains: Mapping[Literal["legacy", "igc-test", "igc-prod"], tuple[_Authority, ...]] = Field(
        min_length=3
    )


class _Profile(_Strict):
    days: int = Field(gt=0)
    renew: int = Field(ge=0)
    organization: str = ""
    key_usage: tuple[KeyUsage, ...]
    extended_key_usage: tuple[ExtendedKeyUsage, ...] = ()
    names: tuple[str, ...] = ()


class _Profiles(_Strict):
    authority: _Profile
    server: _Profile
    client: _Profile

    @model_validator(mode="after")
    def _authorities_live_longest(self) -> Self:
        if self.authority.renew < max(self.server.days, self.client.days):
            raise ValueError("authority.renew must be at least the days of server and client")
        return self


class _IssueProfiles(RootModel[Mapping[str, IssueProfile]]):
    pass


def check_definitions(folder: Path) -> None:
    """Check the files of a folder such as `certs/`.

    Raises:
        InputError: one is missing or wrong, with file, line and what is allowed.
    """
    read_yaml(folder / "authorities.yaml", _Authorities)
    read_yaml(folder / "profiles.yaml", _Profiles)
    file = folder / "migrations" / f"{DEFAULT_MIGRATION}.yaml"
    steps = read_migration(file).steps
    kinds = {"legacy", "igc"}
    if {step.name for step in steps} != set(Phase):
        raise InputError(file, f"its steps are the phases: {', '.join(Phase)}, no other")
    if not all({step.shows, *step.trusts} <= kinds for step in steps):
        raise InputError(file, "a phase shows and trusts legacy or igc, no other")


def load_issue_profiles() -> Mapping[str, IssueProfile]:
    """The profiles of `hubemu certs issue`, by name."""
    return read_yaml(data_folder("certs") / "issue.yaml", _IssueProfiles).root
