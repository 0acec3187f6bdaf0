"""Java KeyStore files (JKS), as `sun.security.provider.JavaKeyStore` reads and writes them.

A file is its entries, then a SHA-1 digest of the passphrase, a fixed phrase and the entries. A key
is XORed with a stream of SHA-1 digests of the passphrase and a salt. All of it is weak, and all
that a Java 8 and many tools take as `jks`; no library that is kept up writes it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.pki.ber import encoded, read_one

__all__ = ["JksEntry", "WrongPassphrase", "is_jks", "read_jks", "write_jks"]

_MAGIC = 0xFEEDFEED
_KEY, _TRUSTED = 1, 2
_PHRASE = b"Mighty Aphrodite"
_PROTECTION = bytes.fromhex("060a2b060104012a02110101")
"""Object identifier 1.3.6.1.4.1.42.2.17.1.1: Sun's protection of keys."""
_DIGEST = 20


class WrongPassphrase(ValueError):
    """The digest does not fit: another passphrase, or the file is damaged."""


@dataclass(frozen=True, slots=True)
class JksEntry:
    """A trusted certificate, or (`key`, PKCS#8 in DER) a key and its chain, leaf first."""

    certificates: tuple[x509.Certificate, ...]
    key: bytes | None = None


def is_jks(data: bytes) -> bool:
    """Whether a file begins as one."""
    return data[:4] == struct.pack(">I", _MAGIC)


def write_jks(entries: Mapping[str, JksEntry], passphrase: str, created: float) -> bytes:
    """A store of entries by alias (Java has them in lower case); `created` in epoch seconds."""
    body = struct.pack(">III", _MAGIC, 2, len(entries))
    for alias, entry in entries.items():
        kind = _TRUSTED if entry.key is None else _KEY
        body += struct.pack(">I", kind) + _text(alias.lower())
        body += struct.pack(">Q", int(created * 1000))
        if entry.key is not None:
            body += _sized(_protect(entry.key, passphrase))
            body += struct.pack(">I", len(entry.certificates))
        for certificate in entry.certificates:
            body += _text("X.509") + _sized(certificate.public_bytes(Encoding.DER))
    return body + _digest(body, passphrase)


def read_jks(data: bytes, passphrase: str) -> dict[str, JksEntry]:
    """The entries of a store by alias.

    Raises:
        WrongPassphrase: it does not open the file.
        ValueError: the file is no JKS, or has something in it that is not read here.
    """
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if not hmac.compare_digest(_digest(body, passphrase), digest):
        raise WrongPassphrase("another passphrase, or a damaged file")
    reader = _Reader(body)
    magic, version, count = reader.number(4), reader.number(4), reader.number(4)
    if magic != _MAGIC or version not in (1, 2):
        raise ValueError(f"version {version} of JKS")
    entries: dict[str, JksEntry] = {}
    for _ in range(count):
        kind, alias = reader.number(4), reader.text()
        reader.number(8)
        if kind not in (_KEY, _TRUSTED):
            raise ValueError(f"an entry of kind {kind}")
        key = _unprotect(reader.sized(), passphrase) if kind == _KEY else None
        number = reader.number(4) if kind == _KEY else 1
        entries[alias] = JksEntry(tuple(reader.certificate(version) for _ in range(number)), key)
    return entries


class _Reader:
    """The octets of a store, from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        if self._at + length > len(self._data):
            raise ValueError("it ends too soon")
        self._at += length
        return self._data[self._at - length : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def sized(self) -> bytes:
        return self.take(self.number(4))

    def text(self) -> str:
        return self.take(self.number(2)).decode("utf-8", "replace")

    def certificate(self, version: int) -> x509.Certificate:
        if version == 2:
            self.text()
        return x509.load_der_x509_certificate(self.sized())


def _digest(body: bytes, passphrase: str) -> bytes:
    secret = passphrase.encode("utf-16-be") + _PHRASE
    return hashlib.sha1(secret + body, usedforsecurity=False).digest()


def _protect(key: bytes, passphrase: str) -> bytes:
    """A key as EncryptedPrivateKeyInfo."""
    salt = os.urandom(_DIGEST)
    check = _sha1(passphrase.encode("utf-16-be") + key)
    protected = salt + _xored(key, salt, passphrase) + check
    algorithm = encoded(0x30, _PROTECTION + b"\x05\x00")
    return encoded(0x30, algorithm + encoded(0x04, protected))


def _unprotect(data: bytes, passphrase: str) -> bytes:
    info = read_one(data)
    if len(info.inner) != 2 or _PROTECTION not in info.inner[0].content:
        raise ValueError("a key whose protection is not Sun's")
    protected = info.inner[1].octets
    salt, hidden, check = protected[:_DIGEST], protected[_DIGEST:-_DIGEST], protected[-_DIGEST:]
    key = _xored(hidden, salt, passphrase)
    if not hmac.compare_digest(_sha1(passphrase.encode("utf-16-be") + key), check):
        raise WrongPassphrase("the key has a passphrase of its own")
    return key


def _xored(data: bytes, salt: bytes, passphrase: str) -> bytes:
    secret, stream, last = passphrase.encode("utf-16-be"), b"", salt
    while len(stream) < len(data):
        last = _sha1(secret + last)
        stream += last
    mask = int.from_bytes(stream[: len(data)])
    return (int.from_bytes(data) ^ mask).to_bytes(len(data))


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _text(text: str) -> bytes:
    """`DataOutput.writeUTF`; of UTF-8 it differs only in characters that no alias here has."""
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _sized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
