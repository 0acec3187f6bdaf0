"""Any file of certificates a vendor has, read: PEM, DER, PKCS#12, PKCS#7, JKS, CRL, CSR, key.

Private keys are read for their public half and forgotten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_pem_private_key,
    pkcs7,
)

from hubemu.bounded_files import read_bounded
from hubemu.errors import InputError
from hubemu.pki.certificate_facts import UNREADABLE, read_names
from hubemu.pki.jks import WrongPassphrase, is_jks, read_jks
from hubemu.pki.opening import OPEN_IT, certificates_of, key_octets, open_pkcs12, public_half
from hubemu.pki.pkcs12_anatomy import (
    Pkcs12Anatomy,
    anatomy,
    is_pkcs12,
)
from hubemu.pki.wrapping import Wrapping, of_label, unwrapped, what_it_is

__all__ = ["CertificateInFile", "Kind", "Material", "read_material"]

Kind: TypeAlias = Literal["certificate", "chain", "key", "pkcs12", "jks", "crl", "request"]

_LIMIT = 4 * 1024 * 1024
_MOST_CERTIFICATES = 1_000
_BLOCK = re.compile(
    rb"-----BEGIN (?P<label>[A-Z0-9 #]+)-----\s*?[\r\n](?P<body>.*?)-----END (?P=label)-----",
    re.DOTALL,
)
_UNREADABLE = (*UNREADABLE, TypeError, UnsupportedAlgorithm, IndexError)


@dataclass(frozen=True, slots=True)
class CertificateInFile:
    """A certificate as it stands in a file.

    `alias` is its name there; `trusted` says that a Java store marks it as an authority to trust,
    `None` where files say no such thing.
    """

    certificate: x509.Certificate
    alias: str | None = None
    trusted: bool | None = None


@dataclass(slots=True)
class Material:
    """What was found in a file.

    `key` is the public half of a private key in it (SubjectPublicKeyInfo, DER); `locked` says that
    there is a key that no passphrase given here opens; `form` is how the file is written,
    `wrapping` what was around it.
    """

    kind: Kind
    form: Literal["pem", "der", "pkcs12", "jks", "pkcs7"]
    data: bytes = field(repr=False)
    entries: list[CertificateInFile] = field(default_factory=list)
    key: bytes | None = None
    locked: bool = False
    key_alias: str | None = None
    request: x509.CertificateSigningRequest | None = None
    revocations: x509.CertificateRevocationList | None = None
    anatomy: Pkcs12Anatomy | None = None
    wrapping: Wrapping | None = None

    @property
    def certificates(self) -> list[x509.Certificate]:
        """Its certificates, in their order."""
        return [entry.certificate for entry in self.entries]

    @property
    def has_key(self) -> bool:
        """Whether a private key is in it."""
        return self.key is not None or self.locked


def read_material(
    source: Path,
    passphrase: str | None = None,
    data: bytes | None = None,
    *,
    unwrap: bool = False,
) -> Material:
    """What is in a file; `data` stands for its content where that is known already.

    With `unwrap` it is read too if it is wrapped in what programs do not read (see `wrapping`).

    Raises:
        InputError: it cannot be read, is no such file, or the passphrase is another.
    """
    content = read_bounded(source, _LIMIT, pipes=True) if data is None else data
    if len(content) > _LIMIT:
        raise InputError(source, f"has more than the {_LIMIT} bytes allowed here")
    try:
        found = _read_or_unwrap(source, content, passphrase, unwrap=unwrap)
    except _UNREADABLE as error:
        raise InputError(source, f"cannot be read: {_first_line(error)}") from None
    if len(found.entries) > _MOST_CERTIFICATES:
        raise InputError(source, f"holds more than {_MOST_CERTIFICATES} certificates")
    for number, certificate in enumerate(found.certificates, start=1):
        _see_that_it_can_be_read(source, number, certificate)
    return found


def _read_or_unwrap(source: Path, data: bytes, passphrase: str | None, *, unwrap: bool) -> Material:
    try:
        return _read(source, data, passphrase)
    except InputError:
        inside = unwrapped(data)
        if inside is None:
            raise
    if not unwrap:
        raise InputError(source, f"{inside.said}; {inside.mend} (F10)")
    found = _read(source, inside.data, passphrase)
    found.wrapping = inside
    return found


def _read(source: Path, data: bytes, passphrase: str | None) -> Material:
    if is_jks(data):
        return _jks(source, data, passphrase)
    if data[:4] == b"\xce\xce\xce\xce":
        problem = "a JCEKS store: convert it with `keytool -importkeystore -deststoretype PKCS12`"
        raise InputError(source, problem)
    if b"-----BEGIN " in data:
        return _pem(source, data, passphrase)
    if is_pkcs12(data):
        return _pkcs12(source, data, passphrase)
    return _der(source, data, passphrase)


def _see_that_it_can_be_read(source: Path, number: int, certificate: x509.Certificate) -> None:
    try:
        certificate.public_key()
        _ = certificate.extensions, certificate.not_valid_after_utc
        read_names(certificate)
    except _UNREADABLE as error:
        place = f"certificate {number}"
        raise InputError(source, f"cannot be read: {_first_line(error)}", place) from None


def _pem(source: Path, data: bytes, passphrase: str | None) -> Material:
    found = Material("certificate", "pem", data)
    labels = []
    for block in _BLOCK.finditer(data):
        labels.append(block["label"].decode())
        _take_block(source, labels[-1], block.group(), passphrase, found)
    if not labels:
        raise InputError(source, "begins a PEM block and does not end it: it is cut short")
    found.kind = _kind(found)
    something = found.request is not None or found.revocations is not None
    if not (found.entries or found.has_key or something):
        raise InputError(source, of_label(labels))
    return found


def _take_block(
    source: Path, label: str, block: bytes, passphrase: str | None, found: Material
) -> None:
    if label in ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"):
        plain = block.replace(label.encode(), b"CERTIFICATE")
        found.entries.append(CertificateInFile(x509.load_pem_x509_certificate(plain)))
    elif label.endswith("PRIVATE KEY") and label != "OPENSSH PRIVATE KEY":
        _take_key(found, public_half(source, partial(load_pem_private_key, block), passphrase))
    elif label.endswith("CERTIFICATE REQUEST"):
        found.request = x509.load_pem_x509_csr(block)
    elif label == "X509 CRL":
        found.revocations = x509.load_pem_x509_crl(block)
    elif label == "PKCS7":
        found.entries += map(
            CertificateInFile, certificates_of(pkcs7.load_pem_pkcs7_certificates, block)
        )


def _take_key(found: Material, key: bytes | None) -> None:
    if key is None:
        found.locked = True
    else:
        found.key = key


def _kind(found: Material) -> Kind:
    if found.entries:
        return "chain" if len(found.entries) > 1 else "certificate"
    if found.request is not None:
        return "request"
    return "crl" if found.revocations is not None else "key"


def _der(source: Path, data: bytes, passphrase: str | None) -> Material:
    for read in (_der_certificate, _der_list, _der_request, _der_pkcs7):
        try:
            return read(data)
        except _UNREADABLE:
            continue
    found = Material("key", "der", data)
    try:
        _take_key(found, public_half(source, partial(load_der_private_key, data), passphrase))
    except _UNREADABLE:
        raise InputError(source, what_it_is(data)) from None
    return found


def _der_certificate(data: bytes) -> Material:
    return Material(
        "certificate", "der", data, [CertificateInFile(x509.load_der_x509_certificate(data))]
    )


def _der_list(data: bytes) -> Material:
    return Material("crl", "der", data, revocations=x509.load_der_x509_crl(data))


def _der_request(data: bytes) -> Material:
    return Material("request", "der", data, request=x509.load_der_x509_csr(data))


def _der_pkcs7(data: bytes) -> Material:
    entries = [
        CertificateInFile(one) for one in certificates_of(pkcs7.load_der_pkcs7_certificates, data)
    ]
    return Material("chain" if len(entries) > 1 else "certificate", "pkcs7", data, entries)


def _pkcs12(source: Path, data: bytes, passphrase: str | None) -> Material:
    store = open_pkcs12(source, data, passphrase)
    inside = _anatomy(data, passphrase or "")
    found = Material("pkcs12", "pkcs12", data, anatomy=inside)
    if store.key is not None:
        found.key = key_octets(store.key)
        found.key_alias = next((name for name in inside.key_names if name), None)
    marks = {bag.der: bag.trusted_by_java for bag in inside.certificates or ()}
    own = [store.cert] if store.cert is not None else []
    for one in (*own, *store.additional_certs):
        name = one.friendly_name.decode("utf-8", "replace") if one.friendly_name else None
        der = one.certificate.public_bytes(Encoding.DER)
        found.entries.append(CertificateInFile(one.certificate, name, marks.get(der)))
    if own and found.key_alias is None:
        found.key_alias = found.entries[0].alias
    return found


def _anatomy(data: bytes, passphrase: str) -> Pkcs12Anatomy:
    try:
        return anatomy(data, passphrase)
    except _UNREADABLE:
        return Pkcs12Anatomy(certificates=None)


def _jks(source: Path, data: bytes, passphrase: str | None) -> Material:
    if passphrase is None:
        raise InputError(source, f"a JKS: {OPEN_IT}")
    try:
        entries = read_jks(data, passphrase)
    except WrongPassphrase as error:
        raise InputError(source, f"does not open with this passphrase (F4): {error}") from None
    found = Material("jks", "jks", data)
    keyed = [(alias, one) for alias, one in entries.items() if one.key is not None]
    for alias, one in keyed[:1]:
        key = load_der_private_key(one.key or b"", None)
        found.key = key_octets(key)
        found.key_alias = alias
        found.entries += [
            CertificateInFile(certificate, alias, False) for certificate in one.certificates
        ]
    trusted = [(alias, one) for alias, one in entries.items() if one.key is None]
    found.entries += [CertificateInFile(one.certificates[0], alias, True) for alias, one in trusted]
    return found


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
