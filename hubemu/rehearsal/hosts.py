"""The places that hold files of a client: servers, tablets, vHosts, each with stores of its own.

hosts:
  - {name: server 1, client-cert: a.crt, client-key: a.key, truststore: [trust.pem]}
  - {name: tablet, p12: tablet.p12, passphrase-file: word.txt, truststore: [trust.jks]}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hubemu.bounded_files import read_bounded
from hubemu.errors import InputError
from hubemu.rehearsal.results import ClientRehearsal, StepFinding
from hubemu.rehearsal.vendor_material import OwnMaterial, read_own
from hubemu.yamlfile import read_yaml

__all__ = ["compare_hosts", "read_hosts"]

_MOST = 100
_LONGEST_WORD = 4096


class _Host(BaseModel):
    """What one place has; paths start from the folder of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    certificate: Path | None = Field(default=None, alias="client-cert")
    key: Path | None = Field(default=None, alias="client-key")
    p12: Path | None = None
    passphrase_file: Path | None = Field(default=None, alias="passphrase-file")
    truststore: tuple[Path, ...] = ()


class _Hosts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[_Host, ...] = Field(min_length=1, max_length=_MOST)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [host.name for host in self.hosts]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"host {twice[0]!r} is there twice: each needs a name of its own")
        return self


def read_hosts(file: Path, scratch: Path) -> dict[str, OwnMaterial]:
    """What each place has, by its name.

    Args:
        file: YAML as above.
        scratch: a private folder, where key stores are unpacked while the rehearsal lasts.

    Raises:
        InputError: the file, or one that it names, cannot be used.
    """
    found: dict[str, OwnMaterial] = {}
    for number, host in enumerate(read_yaml(file, _Hosts).hosts):
        folder = scratch / f"host-{number}"
        folder.mkdir(mode=0o700)
        own = _read(host, file.resolve().parent, folder)
        if own is None or own.leaf is None:
            problem = f"host {host.name!r}: give client-cert and client-key, or p12"
            raise InputError(file, problem)
        found[host.name] = own
    return found


def _read(host: _Host, start: Path, scratch: Path) -> OwnMaterial | None:
    def at(path: Path | None) -> Path | None:
        return None if path is None else start / path

    word = at(host.passphrase_file)
    return read_own(
        scratch,
        certificate=at(host.certificate),
        key=at(host.key),
        p12=at(host.p12),
        truststores=[start / one for one in host.truststore],
        passphrase=_word(word) if word is not None else None,
    )


def _word(file: Path) -> str:
    try:
        return read_bounded(file, _LONGEST_WORD).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputError(file, "holds no passphrase in UTF-8") from None


def compare_hosts(clients: Sequence[ClientRehearsal]) -> None:
    """Tell of each place that has no access at a step at which another of the client has (P12)."""
    by_client: defaultdict[str, list[ClientRehearsal]] = defaultdict(list)
    for one in clients:
        by_client[one.client].append(one)
    for places in by_client.values():
        for results in zip(*(one.results for one in places), strict=True):
            well = [
                place.host for place, one in zip(places, results, strict=True) if one.has_access
            ]
            for outcome in results:
                if well and not outcome.has_access:
                    text = f"at this step {', '.join(well)} works with its files"
                    outcome.findings.append(StepFinding("P12", text, blocks=False))
