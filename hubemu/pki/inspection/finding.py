"""One thing that is or will go wrong with a file, and what the checks know of the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509

from hubemu.common_name import common_name_of
from hubemu.pki.certificate_files import Material
from hubemu.pki.certificates import Pki

__all__ = ["Case", "FileFinding", "extension", "is_authority"]

ExtensionT = TypeVar("ExtensionT", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A stable code (facts: pki 1 to 4, certs/README.md), what is wrong, how to mend it."""

    code: str
    text: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file that is looked at.

    `leaf` is the certificate that is no authority, if there is one; `chain` what a client would
    send, leaf first; `above` what may be needed to complete it: the authorities of the home.
    """

    source: Path
    material: Material
    leaf: x509.Certificate | None
    chain: tuple[x509.Certificate, ...]
    pki: Pki | None
    now: datetime
    key_matches: bool | None
    clients: tuple[str, ...]

    @property
    def name(self) -> str:
        """The Common Name of the leaf, or whom it is for."""
        if self.leaf is None:
            return ""
        return common_name_of(self.leaf.subject) or self.leaf.subject.rfc4514_string()

    @property
    def authorities(self) -> tuple[x509.Certificate, ...]:
        """Those of the home, and those that were trusted beside them."""
        if self.pki is None:
            return ()
        added = self.pki.additions.every_trusted()
        return (*self.pki.authorities.values(), *added)


def extension(
    certificate: x509.Certificate, kind: type[ExtensionT]
) -> x509.Extension[ExtensionT] | None:
    """An extension of a certificate, if it has it."""
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it says that it is an authority; one of version 1 that issued itself counts."""
    constraints = extension(certificate, x509.BasicConstraints)
    if constraints is not None:
        return constraints.value.ca
    return certificate.version is x509.Version.v1 and certificate.issuer == certificate.subject
