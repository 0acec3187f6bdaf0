"""The authorities that are trusted, and who of them issued a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from hubemu.pki.paths.names import is_self_issued, normal, same

__all__ = ["chain_upwards", "find_issuer", "find_named_issuer", "is_trusted", "signed_by"]


@lru_cache(maxsize=1_000)
def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the key of `issuer` made the signature; names do not count.

    Remembered: every handshake asks it about the same authorities again.
    """
    try:
        _verify(certificate, issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _verify(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    key, signed = issuer.public_key(), certificate.tbs_certificate_bytes
    how, digest = certificate.signature_algorithm_parameters, certificate.signature_hash_algorithm
    if isinstance(key, RSAPublicKey) and isinstance(how, PSS | PKCS1v15) and digest is not None:
        key.verify(certificate.signature, signed, how, digest)
    elif isinstance(key, EllipticCurvePublicKey) and isinstance(how, ECDSA):
        key.verify(certificate.signature, signed, how)
    elif isinstance(key, Ed25519PublicKey | Ed448PublicKey) and how is None:
        key.verify(certificate.signature, signed)
    else:
        raise UnsupportedAlgorithm("a key of another kind")


def find_issuer(
    certificate: x509.Certificate,
    among: Sequence[x509.Certificate],
    without: Sequence[x509.Certificate] = (),
) -> x509.Certificate | None:
    """Who of `among` issued a certificate, by name and signature."""
    for one in among:
        # One question a line.
        if same(certificate.issuer, one.subject) and one not in without:  # noqa: SIM102
            if signed_by(certificate, one):
                return one
    return None


def find_named_issuer(
    certificate: x509.Certificate, among: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    """The same; where the certificate names its issuer by serial number, by that alone."""
    named = _named(certificate)
    if named is None:
        return find_issuer(certificate, among)
    issuer, serial = named
    return next(
        (one for one in among if one.serial_number == serial and normal(one.issuer) == issuer), None
    )


def _named(certificate: x509.Certificate) -> tuple[object, int] | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
    for name in found.authority_cert_issuer or ():
        if isinstance(name, x509.DirectoryName) and found.authority_cert_serial_number is not None:
            return normal(name.value), found.authority_cert_serial_number
    return None


def is_trusted(
    certificate: x509.Certificate, anchors: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    """The trusted certificate of the same issuer and serial number, if there is one."""
    for one in anchors:
        if one.serial_number == certificate.serial_number and same(one.issuer, certificate.issuer):
            return one
    return None


def chain_upwards(
    leaf: x509.Certificate, among: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """The chain from a leaf upwards as far as `among` holds its issuers, a root included."""
    chain = [leaf]
    while not is_self_issued(chain[-1]):
        issuer = find_named_issuer(chain[-1], among)
        if issuer is None or issuer in chain:
            break
        chain.append(issuer)
    return chain
