"""The Certificate message of a TLS handshake, as it came: from anybody, cut short or not."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["certificates"]


def certificates(message: bytes, *, tls13: bool) -> tuple[bytes, ...]:
    """The certificates in a Certificate message (RFC 5246, 7.4.2; RFC 8446, 4.4.2).

    What does not fit is left to OpenSSL to refuse: as many as can be read are given.
    """
    position = 4
    if tls13:
        position += 1 + int.from_bytes(message[position : position + 1])
    position += 3
    found = []
    while position + 3 <= len(message):
        start = position + 3
        position = start + int.from_bytes(message[start - 3 : start])
        found.append(_shared(message[start:position]))
        if tls13:
            position += 2 + int.from_bytes(message[position : position + 2])
    return tuple(certificate for certificate in found if certificate)


@lru_cache(maxsize=256)
def _shared(certificate: bytes) -> bytes:
    """The same octets, held once: most clients come with the intermediate of all others."""
    return certificate
