"""Opens keys and stores with or without a passphrase; of a key only the public half is kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

from hubemu.errors import InputError
from hubemu.pki.pkcs12_anatomy import refuse_endless_rounds

__all__ = ["OPEN_IT", "certificates_of", "key_octets", "open_pkcs12", "public_half"]

OPEN_IT = "give the file that holds its passphrase with --passphrase-file"


def key_octets(holder: Any) -> bytes:
    """The public key of a certificate, request or private key (SubjectPublicKeyInfo, DER)."""
    return bytes(holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def public_half(
    source: object, load: Callable[[bytes | None], Any], passphrase: str | None
) -> bytes | None:
    """That of a key, opened with the passphrase if it needs one; `None`: none was given.

    Raises:
        InputError: the passphrase is another.
    """
    try:
        key = load(None)
    except TypeError:
        if passphrase is None:
            return None
        try:
            key = load(passphrase.encode())
        except ValueError:
            problem = "its key does not open with this passphrase (F4)"
            raise InputError(source, problem) from None
    return key_octets(key)


def open_pkcs12(
    source: object, data: bytes, passphrase: str | None
) -> pkcs12.PKCS12KeyAndCertificates:
    """A PKCS#12, opened.

    Raises:
        InputError: it needs a passphrase, or another.
    """
    refuse_endless_rounds(data)
    for word in [passphrase.encode()] if passphrase is not None else [None, b""]:
        try:
            return pkcs12.load_pkcs12(data, word)
        except ValueError:
            continue
    if passphrase is None:
        raise InputError(source, f"a PKCS#12 with a passphrase: {OPEN_IT}")
    raise InputError(source, "does not open with this passphrase (F4), or is damaged")


def certificates_of(
    load: Callable[[bytes], list[x509.Certificate]], data: bytes
) -> list[x509.Certificate]:
    """Those of a PKCS#7; OpenSSL writes some in BER, over which the reader warns and goes on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(data)
