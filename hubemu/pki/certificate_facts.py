"""What a certificate says of itself, for people and reports, and whether it is valid at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hubemu.common_name import common_name_of

__all__ = [
    "UNREADABLE",
    "CertificateFacts",
    "certificate_facts",
    "parse_chain",
    "read_names",
    "validity_problem",
]

UNREADABLE = (
    ValueError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the parser raises for bytes that are no certificate, at once or when a part is looked at."""


_REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Names (RFC 4514), serial number (hexadecimal), UTC dates and SHA-256 (hexadecimal)."""

    subject: str
    common_name: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    sha256: str


@lru_cache(maxsize=_REMEMBERED)
def certificate_facts(der: bytes) -> CertificateFacts:
    """The facts of one certificate, remembered: most clients come again with the one they have.

    Raises:
        ValueError: `der` is no readable certificate.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        return CertificateFacts(
            subject=certificate.subject.rfc4514_string(),
            common_name=common_name_of(certificate.subject),
            issuer=certificate.issuer.rfc4514_string(),
            serial=f"{certificate.serial_number:x}",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        )
    except UNREADABLE as error:
        raise ValueError(f"not a readable certificate: {error}") from None


def parse_chain(chain: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """DER certificates, leaf first, parsed (one of `UNREADABLE`: one is no certificate)."""
    parsed = tuple(x509.load_der_x509_certificate(der) for der in chain)
    for certificate in parsed:
        read_names(certificate)
    return parsed


def read_names(certificate: x509.Certificate) -> None:
    """Have the names of a certificate read, once for all, whatever their lengths.

    The library warns of a name that is longer than X.509 allows; that is for us to tell.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        _ = certificate.subject, certificate.issuer


def validity_problem(chain: Sequence[x509.Certificate], now: datetime) -> str | None:
    """Which certificate of a chain is expired or not yet valid at `now`, if any."""
    for certificate in chain:
        name = common_name_of(certificate.subject)
        if now > certificate.not_valid_after_utc:
            return f"certificate {name!r} expired on {_day(certificate.not_valid_after_utc)}"
        if now < certificate.not_valid_before_utc:
            since = _day(certificate.not_valid_before_utc)
            return f"certificate {name!r} is not valid before {since}"
    return None


def _day(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC")
