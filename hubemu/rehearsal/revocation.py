"""The revocation lists that a client looks into, where it looks into any.

Most stacks take a revoked certificate: they ask no list unless told to. Those that do are OpenSSL
and Python with a CRL flag, Node with `crl`, Java and .NET with revocation switched on, Erlang with
`crl_check`. What they have is written as the PEM file that OpenSSL reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.errors import InputError
from hubemu.files import write_atomically
from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.migration import MigrationStage
from hubemu.pki.revocation import revocation_list

__all__ = ["RevocationLists", "has_revocations", "read_lists"]


@dataclass(frozen=True, slots=True)
class RevocationLists:
    """Writes what a client has at a stage into `folder`.

    `own` are lists that the client was given and keeps; with none it has what every authority of
    the home publishes at that time, under `/crl/` of a Hub.
    """

    folder: Path
    own: Sequence[x509.CertificateRevocationList] = ()
    _written: dict[int, Path] = field(default_factory=dict)

    def at(self, stage: MigrationStage, now: datetime) -> Path:
        """The file for a stage, written once.

        Raises:
            InputError: a key of the home, or an entry of a list, is damaged.
            OSError: it cannot be written.
        """
        if id(stage) not in self._written:
            path = self.folder / f"lists-{len(self._written)}.pem"
            found = self.own or _published(stage.pki, now)
            write_atomically(path, b"".join(one.public_bytes(Encoding.PEM) for one in found), 0o600)
            self._written[id(stage)] = path
        return self._written[id(stage)]


def has_revocations(pki: Pki) -> bool:
    """Whether any authority of a home has revoked anything (InputError: an entry is damaged)."""
    return any(pki.additions.revocations(name) for name in pki.authorities)


def read_lists(files: Sequence[Path]) -> list[x509.CertificateRevocationList]:
    """The lists in files, PEM or DER.

    Raises:
        InputError: one cannot be read, or holds no list.
    """
    found = []
    for path in files:
        lists = read_material(path).revocations
        if lists is None:
            problem = "holds no revocation list: name the file an authority publishes (.crl)"
            raise InputError(path, problem)
        found.append(lists)
    return found


def _published(pki: Pki, now: datetime) -> list[x509.CertificateRevocationList]:
    return [x509.load_der_x509_crl(revocation_list(pki, name, now)) for name in pki.authorities]
