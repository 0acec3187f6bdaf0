"""SHA-1 signatures, which no library makes any more: for certificates that must be refused."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hubemu.pki.ber import encoded

__all__ = ["sign_with_sha1"]

_RSA = bytes.fromhex("300d06092a864886f70d0101")
_SHA256, _SHA1 = _RSA + b"\x0b\x05\x00", _RSA + b"\x05\x05\x00"
"""Algorithm identifiers sha256WithRSAEncryption and sha1WithRSAEncryption (RFC 4055, RFC 3279)."""


def sign_with_sha1(certificate: x509.Certificate, key: RSAPrivateKey) -> x509.Certificate:
    """The same certificate, signed with SHA-1 and RSA instead of SHA-256."""
    # The first one in the part that is signed says how: what follows is the issuer's name.
    signed = certificate.tbs_certificate_bytes.replace(_SHA256, _SHA1, 1)
    signature = key.sign(signed, PKCS1v15(), hashes.SHA1())  # noqa: S303 - that is the purpose
    bits = b"\x00" + signature
    body = signed + _SHA1 + encoded(0x03, bits)
    return x509.load_der_x509_certificate(encoded(0x30, body))
