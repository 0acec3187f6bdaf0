"""The identities that a home holds for its clients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hubemu.common_name import common_name_of
from hubemu.pki.definitions import IdentityKind
from hubemu.pki.layout import read_certificates
from hubemu.pki.wanted import KINDS

__all__ = ["Identity", "identities_in"]


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity of a client; `file` is its certificate, names are as in RFC 4514."""

    client: str
    identity: IdentityKind
    common_name: str
    subject: str
    issuer: str
    not_after: datetime
    file: Path


def identities_in(folder: Path) -> list[Identity]:
    """Every identity of every client, by client id (InputError: one cannot be read)."""
    clients = sorted(folder.glob("clients/*"))
    files = ((client / f"{kind}.crt", kind) for client in clients for kind in KINDS)
    return [_identity(file, kind) for file, kind in files if file.exists()]


def _identity(file: Path, kind: IdentityKind) -> Identity:
    mend = f"delete {file.parent} to have its files made anew at the next start"
    certificate = read_certificates(file, mend)[0]
    return Identity(
        client=file.parent.name,
        identity=kind,
        common_name=common_name_of(certificate.subject),
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
        file=file,
    )
