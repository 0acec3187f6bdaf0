"""The name that OpenSSL and Erlang look for a list by: the hash of its issuer (`c_rehash`)."""

from __future__ import annotations

import hashlib

from cryptography import x509

from hubemu.pki.ber import BerValue, encoded, read_one

__all__ = ["name_hash"]

_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
"""String types by their tag (X.680): UTF8, Printable, Teletex, IA5 and BMP."""


def name_hash(name: x509.Name) -> str:
    """Eight hexadecimal digits, of the name in small letters, blanks collapsed (X509_NAME_hash)."""
    canonical = b"".join(
        encoded(0x31, b"".join(_attribute(one) for one in rdn.inner))
        for rdn in read_one(name.public_bytes()).inner
    )
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _attribute(attribute: BerValue) -> bytes:
    kind, value = attribute.inner
    return encoded(0x30, encoded(0x06, kind.content) + _value(value))


def _value(value: BerValue) -> bytes:
    if value.tag not in _ENCODINGS:
        return encoded(value.tag, value.content)
    text = " ".join(value.content.decode(_ENCODINGS[value.tag], "replace").split())
    # Of other letters only ASCII's are made small.
    small = "".join(one.lower() if one.isascii() else one for one in text)
    return encoded(0x0C, small.encode())
