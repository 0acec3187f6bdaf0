"""TLS contexts made of the files of a home: of the Hub's listener, and of who connects to it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from hubemu.errors import InputError
from hubemu.openssl import send_no_more_than_is_loaded
from hubemu.pki.authority_names import announce_authorities
from hubemu.pki.certificate_facts import UNREADABLE
from hubemu.pki.layout import read_certificates, refuse_link

__all__ = ["KeyPair", "connecting_context", "listening_context"]

_WEAK_TOO = "DEFAULT:@SECLEVEL=0"
"""RabbitMQ shows any certificate it is given; OpenSSL has to be told to."""
_SHORTEST = 2048
"""bits of an RSA key"""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The files of an identity; `certificate` holds the leaf, then its intermediates."""

    certificate: Path
    key: Path


def listening_context(shown: KeyPair, truststore: Path, folder: Path) -> ssl.SSLContext:
    """TLS 1.2 or later of a listener that requires a client certificate.

    What the file of its certificate holds is sent and no more; `folder` is that of the home, in
    which no link is followed.

    Raises:
        InputError: the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    # A resumed session shows no certificate and would outlive a change of phase or clock.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    if _is_weak(shown.certificate):
        context.set_ciphers(_WEAK_TOO)
    _load(context, shown, truststore, folder)
    send_no_more_than_is_loaded(context)
    announce_authorities(context, truststore)
    return context


def connecting_context(shown: KeyPair, truststore: Path, folder: Path) -> ssl.SSLContext:
    """TLS 1.2 or later of a client that trusts what is in `truststore` and checks the host name.

    Raises:
        InputError: the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, shown, truststore, folder)
    return context


def _load(context: ssl.SSLContext, files: KeyPair, truststore: Path, folder: Path) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for file in (files.certificate, files.key, truststore):
        refuse_link(file, folder)
    try:
        context.load_cert_chain(files.certificate, files.key)
    except (ssl.SSLError, OSError) as error:
        raise InputError(files.certificate, f"cannot be used: {error}") from None
    try:
        context.load_verify_locations(truststore)
    except (ssl.SSLError, OSError) as error:
        raise InputError(truststore, f"cannot be used: {error}") from None


def _is_weak(file: Path) -> bool:
    """Whether a PEM file begins with a certificate that OpenSSL takes for too weak to be loaded."""
    try:
        (leaf, *_) = read_certificates(file, "")
        digest, key = leaf.signature_hash_algorithm, leaf.public_key()
    except (InputError, *UNREADABLE):
        return False
    short = isinstance(key, RSAPublicKey) and key.key_size < _SHORTEST
    return short or (digest is not None and digest.name in ("sha1", "md5"))
