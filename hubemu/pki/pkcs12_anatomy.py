"""What a PKCS#12 file is made of (RFC 7292): its ciphers, and what is said of each certificate.

Libraries give keys and certificates; which reader can open the file, and whether Java takes its
certificates for trusted ones, is said in parts that they pass over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from hubemu.pki.ber import BerValue, read_one

__all__ = [
    "CertificateBag",
    "Pkcs12Anatomy",
    "anatomy",
    "is_pkcs12",
    "refuse_endless_rounds",
]

_DATA, _ENCRYPTED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
_SHROUDED_KEY, _PLAIN_KEY = "1.2.840.113549.1.12.10.1.2", "1.2.840.113549.1.12.10.1.1"
_CERTIFICATE = "1.2.840.113549.1.12.10.1.3"
_FRIENDLY_NAME = "1.2.840.113549.1.9.20"
_TRUSTED_BY_JAVA = "2.16.840.1.113894.746875.1.1"
_PBES2, _THREE_DES = "1.2.840.113549.1.5.13", "1.2.840.113549.1.12.1.3"
_CIPHERS = {
    "1.2.840.113549.1.12.1.1": "RC4-128",
    "1.2.840.113549.1.12.1.2": "RC4-40",
    _THREE_DES: "3DES",
    "1.2.840.113549.1.12.1.4": "2DES",
    "1.2.840.113549.1.12.1.5": "RC2-128",
    "1.2.840.113549.1.12.1.6": "RC2-40",
    "2.16.840.1.101.3.4.1.2": "AES-128",
    "2.16.840.1.101.3.4.1.22": "AES-192",
    "2.16.840.1.101.3.4.1.42": "AES-256",
    "1.2.840.113549.3.7": "3DES",
}
_DIGESTS = {
    "1.3.14.3.2.26": "SHA-1",
    "2.16.840.1.101.3.4.2.1": "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
    "1.2.840.113549.1.5.14": "PBMAC1",
}
_PRFS: dict[str, type[hashes.HashAlgorithm]] = {
    "1.2.840.113549.2.7": hashes.SHA1,
    "1.2.840.113549.2.9": hashes.SHA256,
    "1.2.840.113549.2.10": hashes.SHA384,
    "1.2.840.113549.2.11": hashes.SHA512,
}
_MOST_ROUNDS = 2_000_000


@dataclass(frozen=True, slots=True)
class CertificateBag:
    """A certificate in the file."""

    der: bytes
    name: str | None
    trusted_by_java: bool


@dataclass(slots=True)
class Pkcs12Anatomy:
    """Ciphers (such as `AES-256`), and the digest of the MAC, empty where there is none.

    `certificates` is `None` where they could not be opened here.
    """

    ciphers: set[str] = field(default_factory=set)
    pbes2: bool = False
    mac: str = ""
    keys: int = 0
    key_names: list[str | None] = field(default_factory=list)
    certificates: list[CertificateBag] | None = field(default_factory=list)


def is_pkcs12(data: bytes) -> bool:
    """Whether a file is built as one, whatever its passphrase."""
    try:
        outer = read_one(data)
    except ValueError:
        return False
    parts = outer.inner
    return (
        outer.tag == 0x30
        and len(parts) >= 2
        and parts[0].tag == 0x02
        and parts[0].number == 3
        and bool(parts[1].inner)
        and parts[1].inner[0].oid in (_DATA, "1.2.840.113549.1.7.2")
    )


def refuse_endless_rounds(data: bytes) -> None:
    """See that no key of a file that `is_pkcs12` takes minutes to derive.

    Raises:
        ValueError: one does, or the file is damaged.
    """
    outer = read_one(data)
    parts = list(outer.inner[2].walk()) if len(outer.inner) > 2 else []
    for info in read_one(outer.inner[1].inner[1].inner[0].octets).inner:
        content = info.inner[1].inner[0]
        within = (content,) if info.inner[0].oid == _ENCRYPTED else read_one(content.octets).inner
        parts += [part for one in within for part in one.walk()]
    for part in parts:
        if part.tag == 0x02 and len(part.content) <= 8 and part.number > _MOST_ROUNDS:
            raise ValueError(f"{part.number} rounds of key derivation: {_MOST_ROUNDS} at most")


def anatomy(data: bytes, passphrase: str) -> Pkcs12Anatomy:
    """The anatomy of a file that `is_pkcs12`; what cannot be made out is left out."""
    found = Pkcs12Anatomy()
    outer = read_one(data)
    if len(outer.inner) > 2:
        found.mac = next(
            (_DIGESTS[one.oid] for one in outer.inner[2].walk() if one.oid in _DIGESTS), "?"
        )
    for info in read_one(outer.inner[1].inner[1].inner[0].octets).inner:
        kind, content = info.inner[0].oid, info.inner[1].inner[0]
        if kind == _DATA:
            _read_bags(content.octets, found)
        elif kind == _ENCRYPTED:
            _read_encrypted(content, passphrase, found)
    return found


def _read_encrypted(content: BerValue, passphrase: str, found: Pkcs12Anatomy) -> None:
    _, algorithm, hidden = content.inner[1].inner
    _note_cipher(algorithm, found)
    plain = _decrypted(algorithm, hidden.octets, passphrase)
    if plain is None:
        found.certificates = None
    else:
        _read_bags(plain, found)


def _note_cipher(algorithm: BerValue, found: Pkcs12Anatomy) -> None:
    found.pbes2 |= algorithm.inner[0].oid == _PBES2
    found.ciphers |= {_CIPHERS[one.oid] for one in algorithm.walk() if one.oid in _CIPHERS}


def _read_bags(data: bytes, found: Pkcs12Anatomy) -> None:
    for bag in read_one(data).inner:
        kind, value = bag.inner[0].oid, bag.inner[1].inner[0]
        attributes = dict(_attributes(bag))
        name = _name(attributes.get(_FRIENDLY_NAME))
        if kind in (_SHROUDED_KEY, _PLAIN_KEY):
            found.keys += 1
            found.key_names.append(name)
            if kind == _SHROUDED_KEY:
                _note_cipher(value.inner[0], found)
        elif kind == _CERTIFICATE and found.certificates is not None:
            der = value.inner[1].inner[0].octets
            trusted = _TRUSTED_BY_JAVA in attributes
            found.certificates.append(CertificateBag(der, name, trusted))


def _attributes(bag: BerValue) -> Iterator[tuple[str, BerValue]]:
    for attribute in bag.inner[2].inner if len(bag.inner) > 2 else ():
        yield attribute.inner[0].oid, attribute.inner[1]


def _name(values: BerValue | None) -> str | None:
    if values is None or not values.inner:
        return None
    return values.inner[0].content.decode("utf-16-be", "replace") or None


def _decrypted(algorithm: BerValue, hidden: bytes, passphrase: str) -> bytes | None:
    """The plain contents; `None` where the cipher is not among those opened here."""
    oid = algorithm.inner[0].oid
    if oid == _PBES2:
        cipher = _pbes2(algorithm.inner[1], passphrase)
    elif oid == _THREE_DES:
        salt, rounds = algorithm.inner[1].inner
        secret = passphrase.encode("utf-16-be") + b"\0\0"
        key, vector = (
            _derive(secret, salt.octets, _bounded(rounds), purpose, size)
            for purpose, size in ((1, 24), (2, 8))
        )
        cipher = Cipher(TripleDES(key), CBC(vector))
    else:
        return None
    if cipher is None:
        return None
    decryptor, unpadder = cipher.decryptor(), _unpadder(cipher)
    plain = decryptor.update(hidden) + decryptor.finalize()
    return unpadder.update(plain) + unpadder.finalize()


def _unpadder(cipher: Cipher[CBC]) -> padding.PaddingContext:
    return padding.PKCS7(len(cipher.mode.initialization_vector) * 8).unpadder()


def _pbes2(parameters: BerValue, passphrase: str) -> Cipher[CBC] | None:
    derivation, scheme = parameters.inner
    salt, rounds, *rest = derivation.inner[1].inner
    prf = next((_PRFS[one.oid] for part in rest for one in part.walk() if one.oid in _PRFS), None)
    size = {"AES-128": 16, "AES-192": 24, "AES-256": 32}.get(_CIPHERS.get(scheme.inner[0].oid, ""))
    if size is None:
        return None
    derive = PBKDF2HMAC((prf or hashes.SHA1)(), size, salt.octets, _bounded(rounds))
    return Cipher(AES(derive.derive(passphrase.encode())), CBC(scheme.inner[1].octets))


def _bounded(rounds: BerValue) -> int:
    if not 0 < rounds.number <= _MOST_ROUNDS:
        raise ValueError(f"{rounds.number} rounds of key derivation")
    return rounds.number


def _derive(secret: bytes, salt: bytes, rounds: int, purpose: int, size: int) -> bytes:
    """The key derivation of PKCS#12 with SHA-1 (RFC 7292, appendix B.2)."""
    block = 64
    filled = b"".join((part * block)[: block * -(-len(part) // block)] for part in (salt, secret))
    key = b""
    while len(key) < size:
        digest = bytes((purpose,)) * block + filled
        for _ in range(rounds):
            digest = hashlib.sha1(digest, usedforsecurity=False).digest()
        key += digest
        step = int.from_bytes((digest * 4)[:block]) + 1
        filled = b"".join(
            ((int.from_bytes(filled[at : at + block]) + step) % (1 << 8 * block)).to_bytes(block)
            for at in range(0, len(filled), block)
        )
    return key[:size]
