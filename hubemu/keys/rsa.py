"""RSA keys: made, written, read back.

What this needs of `cryptography` is loaded when a key is: the makers are started before that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["key_of_pem", "key_of_primes", "key_pem", "new_key"]

_PUBLIC_EXPONENT = 65537


def new_key(bits: int) -> RSAPrivateKey:
    """A new RSA key (OpenSSL frees the interpreter meanwhile: threads run in parallel)."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return generate_private_key(_PUBLIC_EXPONENT, bits)


def key_of_primes(p: int, q: int, coefficient: int) -> RSAPrivateKey:
    """The key of two primes that are known to be some; `coefficient` is 1 / q modulo p."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers

    private = pow(_PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
    public = RSAPublicNumbers(_PUBLIC_EXPONENT, p * q)
    numbers = RSAPrivateNumbers(
        p, q, private, private % (p - 1), private % (q - 1), coefficient, public
    )
    # The primality checks skipped take 40 ms a key.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def key_pem(key: RSAPrivateKey) -> bytes:
    """A private key as unencrypted PKCS#8 PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_of_pem(pem: bytes) -> RSAPrivateKey:
    """The key in a PEM file.

    Raises:
        ValueError: it holds no RSA key that can be read.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        # The primality checks skipped take 40 ms a key.
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    except TypeError as error:  # it wants a passphrase
        raise ValueError(str(error)) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("no RSA key")
    return key
