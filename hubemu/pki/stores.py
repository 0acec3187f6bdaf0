"""Key stores and trust stores: PEM, PKCS#12 and JKS, in the flavours that every client reads.

PKCS#12 comes in two flavours. `.p12` has PBE-SHA1-3DES and a SHA-1 MAC, weak and the only one that
Java 8 to 17, OpenSSL 3, Node and Mono all read (facts: clients, key stores); `.pfx` is what tools
write today, AES-256 and a SHA-256 MAC, for Node, .NET and Java since 8u301. The passphrase is
random and lies beside the store, so rounds of derivation protect nothing: `.p12` has few, since
they are dear in its scheme (1 ms for 1,024, and a home has 58), `.pfx` what NIST SP 800-132 asks
for at least, which strict readers may insist on.
"""

from __future__ import annotations

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

from hubemu.pki.jks import JksEntry, write_jks

__all__ = [
    "jks_keystore",
    "jks_truststore",
    "key_stores",
    "p12_keystore",
    "p12_truststore",
    "pem",
    "pfx_keystore",
]

_ROUNDS = 1024
_FEW_ROUNDS = 64


def pem(certificates: Sequence[x509.Certificate]) -> bytes:
    """Certificates as PEM, one after the other."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def key_stores(
    alias: str,
    key: RSAPrivateKey,
    chain: Sequence[x509.Certificate],
    passphrase: str,
    created: float,
) -> dict[str, bytes]:
    """Every store of a key and its chain (leaf first), by suffix; `created` in epoch seconds."""
    return {
        ".p12": p12_keystore(alias, key, chain, passphrase),
        ".pfx": pfx_keystore(alias, key, chain, passphrase),
        ".jks": jks_keystore(alias, key, chain, passphrase, created),
    }


def p12_keystore(
    alias: str,
    key: RSAPrivateKey,
    chain: Sequence[x509.Certificate],
    passphrase: str,
) -> bytes:
    """A PKCS#12 that old readers take too: the key and its chain, leaf first."""
    return pkcs12.serialize_key_and_certificates(
        alias.encode(), key, chain[0], chain[1:], _compatible(passphrase)
    )


def pfx_keystore(
    alias: str,
    key: RSAPrivateKey,
    chain: Sequence[x509.Certificate],
    passphrase: str,
) -> bytes:
    """A PKCS#12 as tools write it today."""
    modern = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(passphrase.encode())
    )
    return pkcs12.serialize_key_and_certificates(alias.encode(), key, chain[0], chain[1:], modern)


def p12_truststore(certificates: Mapping[str, x509.Certificate], passphrase: str) -> bytes:
    """A PKCS#12 trust store by alias, each marked as Java wants trusted certificates marked."""
    entries = [
        pkcs12.PKCS12Certificate(certificate, alias.encode())
        for alias, certificate in certificates.items()
    ]
    return pkcs12.serialize_java_truststore(entries, _compatible(passphrase))


def jks_truststore(
    certificates: Mapping[str, x509.Certificate], passphrase: str, created: float
) -> bytes:
    """A Java KeyStore (JKS) of trusted certificates by alias; `created` in epoch seconds."""
    entries = {alias: JksEntry((certificate,)) for alias, certificate in certificates.items()}
    return write_jks(entries, passphrase, created)


def jks_keystore(
    alias: str,
    key: RSAPrivateKey,
    chain: Sequence[x509.Certificate],
    passphrase: str,
    created: float,
) -> bytes:
    """A JKS of one key and its chain, leaf first."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return write_jks({alias: JksEntry(tuple(chain), plain)}, passphrase, created)


def _compatible(passphrase: str) -> KeySerializationEncryption:
    return (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_FEW_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303 - what Mono and Java 8 read
        .build(passphrase.encode())
    )
