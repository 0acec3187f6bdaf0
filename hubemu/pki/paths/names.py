"""When two distinguished names are one: case and blanks do not count (RFC 5280, 7.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from cryptography import x509

__all__ = ["begins_with", "is_self_issued", "normal", "same"]

_Rdn: TypeAlias = tuple[tuple[str, str], ...]


@lru_cache(maxsize=256)
def normal(name: x509.Name) -> tuple[_Rdn, ...]:
    """A name as it is compared: its relative names, each with its attributes."""
    return tuple(
        tuple((one.oid.dotted_string, " ".join(str(one.value).lower().split())) for one in rdn)
        for rdn in name.rdns
    )


def same(one: x509.Name, other: x509.Name) -> bool:
    """Whether two names are equal."""
    return normal(one) == normal(other)


def begins_with(name: x509.Name, start: x509.Name) -> bool:
    """Whether `name` is `start`, or below it in the directory."""
    return normal(name)[: len(start.rdns)] == normal(start)


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Whether issuer and subject are one name; that is all that Erlang calls self-signed."""
    return same(certificate.issuer, certificate.subject)
