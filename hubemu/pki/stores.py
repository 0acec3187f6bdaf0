"""Key stores and trust stores: PEM, PKCS#12 and JKS, in the flavours that every client reads.

PKCS#12 is written with PBE-SHA1-3DES and a SHA-1 MAC, weak and the only one that Java 8 to 17,
OpenSSL 3, Node and Mono all read (facts: clients, key stores). The passphrase lies beside the
store: few rounds cost nothing.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

__all__ = ["jks_truststore", "key_pem", "p12_keystore", "p12_truststore", "pem"]

_ROUNDS = 1024
_JKS_MAGIC, _JKS_VERSION, _JKS_TRUSTED = 0xFEEDFEED, 2, 2


def pem(certificates: Sequence[x509.Certificate]) -> bytes:
    """Certificates as PEM, one after the other."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def key_pem(key: RSAPrivateKey) -> bytes:
    """A private key as unencrypted PKCS#8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def p12_keystore(
    alias: str,
    key: RSAPrivateKey,
    chain: Sequence[x509.Certificate],
    passphrase: str,
) -> bytes:
    """A PKCS#12 key store: the key and its chain, leaf first."""
    return pkcs12.serialize_key_and_certificates(
        alias.encode(), key, chain[0], chain[1:], _encryption(passphrase)
    )


def p12_truststore(certificates: Mapping[str, x509.Certificate], passphrase: str) -> bytes:
    """A PKCS#12 trust store by alias, each marked as Java wants trusted certificates marked."""
    entries = [
        pkcs12.PKCS12Certificate(certificate, alias.encode())
        for alias, certificate in certificates.items()
    ]
    return pkcs12.serialize_java_truststore(entries, _encryption(passphrase))


def jks_truststore(
    certificates: Mapping[str, x509.Certificate], passphrase: str, created: float
) -> bytes:
    """A Java KeyStore (JKS) of trusted certificates by alias; `created` in epoch seconds.

    The format is that of `sun.security.provider.JavaKeyStore`: entries, then a SHA-1 digest of
    the passphrase, a fixed phrase and the entries.
    """
    body = struct.pack(">III", _JKS_MAGIC, _JKS_VERSION, len(certificates))
    for alias, certificate in certificates.items():
        der = certificate.public_bytes(Encoding.DER)
        body += struct.pack(">I", _JKS_TRUSTED) + _java_utf(alias)
        body += struct.pack(">Q", int(created * 1000)) + _java_utf("X.509")
        body += struct.pack(">I", len(der)) + der
    secret = passphrase.encode("utf-16-be") + b"Mighty Aphrodite"
    return body + hashlib.sha1(secret + body, usedforsecurity=False).digest()


def _java_utf(text: str) -> bytes:
    """`DataOutput.writeUTF` of an ASCII text."""
    data = text.encode("ascii")
    return struct.pack(">H", len(data)) + data


def _encryption(passphrase: str) -> KeySerializationEncryption:
    return (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303 - what Mono and Java 8 read
        .build(passphrase.encode())
    )
