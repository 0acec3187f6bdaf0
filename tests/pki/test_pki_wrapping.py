"""What people wrap certificates in when they copy them, and what is none at all: told in clear
words, read by `certs inspect` where anything is inside, refused by everything else (F10)."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
)

from hubemu.errors import InputError
from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.inspection import inspect_material, inspection_text
from hubemu.pki.issued_on_demand import IssuedCertificate, IssueOrder, issue_certificate
from hubemu.pki.stores import pem

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def good(pki: Pki) -> IssuedCertificate:
    return issue_certificate(pki, IssueOrder(common_name="own.test.vendor.example"), NOW)


def one_line(text: bytes) -> bytes:
    return text.replace(b"\n", b" ")


def in_yaml(text: bytes) -> bytes:
    return b"kind: Secret\ndata:\n  tls.crt: " + base64.b64encode(text) + b"\n"


def without_lines(text: bytes) -> bytes:
    first = text.split(b"-----END")[0]
    return first.removeprefix(b"-----BEGIN CERTIFICATE-----\n")


WRAPPED: list[tuple[str, Callable[[bytes], bytes], int, str]] = [
    ("as it is", lambda text: text, 2, ""),
    ("a .env", lambda text: b'CERT="' + text.replace(b"\n", rb"\n") + b'"\n', 2, r"characters \n"),
    ("a .env of Windows", lambda text: text.replace(b"\n", rb"\r\n"), 2, r"characters \n"),
    ("JSON", lambda text: json.dumps({"c": text.decode()}).encode(), 2, r"characters \n"),
    ("one line", one_line, 2, "one line"),
    ("UTF-16", lambda text: text.decode().encode("utf-16"), 2, "UTF-16"),
    ("UTF-16 without mark", lambda text: text.decode().encode("utf-16-le"), 2, "UTF-16"),
    ("base64 again", base64.b64encode, 2, "Kubernetes"),
    ("a Secret", in_yaml, 2, "Kubernetes"),
    ("no lines", without_lines, 1, "without the lines BEGIN and END"),
    ("no lines, no breaks", lambda t: b"".join(without_lines(t).split()), 1, "without the lines"),
]


@pytest.mark.parametrize(
    ("kind", "wrap", "number", "said"), WRAPPED, ids=[one[0] for one in WRAPPED]
)
def test_what_is_wrapped_is_read_by_inspect_and_refused_elsewhere(
    pki: Pki,
    good: IssuedCertificate,
    tmp_path: Path,
    kind: str,
    wrap: Callable[[bytes], bytes],
    number: int,
    said: str,
) -> None:
    file = tmp_path / "pasted"
    file.write_bytes(wrap(pem(good.chain)))
    found = read_material(file, unwrap=True)
    assert found.certificates == list(good.chain)[:number]
    told = [one for one in inspect_material(file, found, pki, NOW).findings if one.code == "F10"]
    if not said:
        assert told == []
        assert read_material(file).certificates == found.certificates
        return
    assert [said in one.text for one in told] == [True]
    with pytest.raises(InputError, match="F10"):
        read_material(file)


def key(kind: str, word: bytes | None = None, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    made: Any = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    locked = BestAvailableEncryption(word) if word is not None else NoEncryption()
    return bytes(made.private_bytes(Encoding.PEM, form, locked))


@pytest.mark.parametrize(
    ("data", "word", "told"),
    [
        (key("rsa"), None, "RSA 2048"),
        (key("rsa", form=PrivateFormat.TraditionalOpenSSL), None, "RSA 2048"),
        (key("ec"), None, "EC secp256r1"),
        (key("ec", form=PrivateFormat.TraditionalOpenSSL), None, "EC secp256r1"),
        (key("ed25519"), None, "Ed25519"),
        (key("ec", b"word"), "word", "EC secp256r1"),
        (key("ec", b"word"), None, "F8"),
    ],
)
def test_a_key_is_said_to_be_what_it_is(
    tmp_path: Path, data: bytes, word: str | None, told: str
) -> None:
    file = tmp_path / "client.key"
    file.write_bytes(data)
    file.chmod(0o600)
    text = inspection_text(inspect_material(file, read_material(file, word), None, NOW))
    assert "a private key" in text
    assert told in text


def of_pkcs7(good: IssuedCertificate) -> bytes:
    return pkcs7.serialize_certificates(list(good.chain), Encoding.PEM)


def test_a_chain_as_pkcs7_is_read(good: IssuedCertificate, tmp_path: Path) -> None:
    file = tmp_path / "chain.p7b"
    file.write_bytes(of_pkcs7(good))
    assert set(read_material(file).certificates) == set(good.chain)


PUBLIC = ec.generate_private_key(ec.SECP256R1()).public_key()
NONE: list[tuple[bytes, str]] = [
    (b"", "is empty"),
    (b"\xef\xbb\xbf \r\n", "is empty"),
    (b"hello\n", "neither a certificate"),
    (bytes(4000), "neither a certificate"),
    (gzip.compress(b"x"), "compressed"),
    (b"PK\x03\x04" + bytes(40), "archive"),
    (b"<!DOCTYPE html><html>404</html>", "web page"),
    (b"\n<html><body>404</body></html>", "web page"),
    (PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "public key alone"),
    (PUBLIC.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH), "OpenSSH public key"),
    (key("ed25519", form=PrivateFormat.OpenSSH), "ssh-keygen"),
    (b"-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\n", "OpenPGP"),
    (b"-----BEGIN EC PARAMETERS-----\nBgg=\n-----END EC PARAMETERS-----\n", "parameters alone"),
    ("——BEGIN CERTIFICATE——\nMII\n——END CERTIFICATE——\n".encode(), "hyphens"),
    (b"-----BEGIN CERTIFICATE-----\nMIIB\n", "cut short"),
    (b"\x30\x82\x10\x00" + bytes(20), "24 octets of 4100"),
]


@pytest.mark.parametrize(("data", "told"), NONE, ids=[one[1] for one in NONE])
@pytest.mark.parametrize("unwrap", [True, False])
def test_what_is_no_certificate_is_called_by_its_name(
    tmp_path: Path, data: bytes, told: str, unwrap: bool
) -> None:
    file = tmp_path / "odd"
    file.write_bytes(data)
    with pytest.raises(InputError, match=told):
        read_material(file, unwrap=unwrap)
