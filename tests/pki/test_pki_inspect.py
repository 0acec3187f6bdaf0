"""`certs inspect`: every kind of file, those that are none, and that each finding is explained."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from hubemu.errors import InputError
from hubemu.explain.knowledge import entry
from hubemu.keys.rsa import key_pem
from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.inspection import (
    inspecting,
    inspection_json,
    inspection_text,
)
from hubemu.pki.issued_on_demand import IssuedCertificate, IssueOrder, issue_certificate
from hubemu.pki.stores import jks_keystore, p12_keystore, pem
from hubemu.settings import Phase
from tests.support.inspecting import ID, NAME, NOW, inspected


@pytest.fixture(scope="module")
def good(pki: Pki) -> IssuedCertificate:
    return issue_certificate(pki, IssueOrder(common_name=NAME), NOW)


def test_every_kind_of_file_of_one_identity(
    pki: Pki, good: IssuedCertificate, tmp_path: Path
) -> None:
    leaf, key = good.leaf, good.key
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    old = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    p7 = pkcs7.serialize_certificates(list(good.chain), Encoding.DER)
    modern = pkcs12.serialize_key_and_certificates(
        b"x", key, leaf, good.chain[1:], BestAvailableEncryption(b"word")
    )
    for data, kind, matches, accepted in (
        (pem([leaf]), "certificate", None, True),
        (leaf.public_bytes(Encoding.DER), "certificate", None, True),
        (pem(good.chain), "chain", None, True),
        (pem(good.chain) + key_pem(key), "chain", True, True),
        (old, "key", None, False),
        (plain, "key", None, False),
        (p7, "chain", None, True),
        (p12_keystore("x", key, good.chain, "word"), "pkcs12", True, True),
        (modern, "pkcs12", True, True),
        (jks_keystore("x", key, good.chain, "word", 0), "jks", True, True),
    ):
        found = inspected(pki, tmp_path, data, name="x", word="word")
        assert (found.material.kind, found.key_matches) == (kind, matches)
        assert found.phases[Phase.IGC].accepted is accepted
        assert found.clients == ((ID,) if accepted else ())


def test_requests_and_lists(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    request = (
        x509.CertificateSigningRequestBuilder().subject_name(name).sign(good.key, hashes.SHA256())
    )
    issuer = pki.authority(pki.chains["igc-test"])
    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .sign(issuer.key, hashes.SHA256())
    )
    for encoding in (Encoding.PEM, Encoding.DER):
        found = inspected(pki, tmp_path, request.public_bytes(encoding), key=b"another")
        assert (found.material.kind, found.key_matches) == ("request", False)
        assert inspection_json(found)["request"]["subject"] == f"CN={NAME}"
        found = inspected(pki, tmp_path, revoked.public_bytes(encoding))
        assert found.material.kind == "crl"
        assert inspection_json(found)["revocations"]["serials"] == []


def test_json_tells_all_of_a_certificate(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    told = inspection_json(inspected(pki, tmp_path, pem(good.chain)))
    first, second = told["certificates"]
    assert first["pem"].encode() == pem([good.leaf])
    assert first["sha256"] == good.leaf.fingerprint(hashes.SHA256()).hex()
    assert (first["key"], first["signature"]) == ("RSA 2048", "sha256WithRSAEncryption")
    assert first["extendedKeyUsage"] == ["serverAuth", "clientAuth"]
    assert (first["authority"], second["authority"]) == (False, True)
    assert told["findings"] == []
    assert {phase: one["accepted"] for phase, one in told["phases"].items()} == {
        "legacy": False,
        "dual": True,
        "igc": True,
    }


def test_no_text_holds_a_private_key(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    found = inspected(pki, tmp_path, pem(good.chain) + key_pem(good.key))
    secret = key_pem(good.key).split(b"\n")[1].decode()
    for told in (repr(found), str(inspection_json(found)), inspection_text(found)):
        assert "PRIVATE KEY" not in told
        assert secret not in told


def test_without_a_home_nothing_can_be_judged(good: IssuedCertificate, tmp_path: Path) -> None:
    found = inspected(None, tmp_path, pem(good.chain))
    assert not any(one.accepted for one in found.phases.values())
    assert "no home" in found.phases[Phase.IGC].why


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"\0" * 40, "neither a certificate"),
        (b"hello", "neither a certificate"),
        (b"-----BEGIN CERTIFICATE-----\nMIIC", "cut short"),
        (b"-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n", "cannot be read"),
        (b"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n", "holds parameters"),
        (b"\xce\xce\xce\xce" + b"\0" * 40, "JCEKS"),
        (b"\xfe\xed\xfe\xed" + b"\0" * 40, "does not open"),
    ],
)
def test_files_that_are_none(tmp_path: Path, data: bytes, told: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(data)
    with pytest.raises(InputError, match=told):
        read_material(file, "word")


def test_files_cut_anywhere_are_refused_in_one_line(
    pki: Pki, good: IssuedCertificate, tmp_path: Path
) -> None:
    file = tmp_path / "x"
    for whole in (
        p12_keystore("x", good.key, good.chain, "word"),
        jks_keystore("x", good.key, good.chain, "word", 0),
        good.leaf.public_bytes(Encoding.DER),
    ):
        for length in range(0, len(whole), 97):
            with pytest.raises(InputError):
                read_material(file, "word", whole[:length])


def test_every_code_is_explained() -> None:
    given = {
        code
        for file in Path(inspecting.__file__).parent.glob("*.py")
        for code in re.findall(r'Finding\(\s*"([A-Z]\d+)"', file.read_text())
    }
    assert {"C1", "C7", "C20", "S7", "F12", "P15"} <= given
    assert [code for code in sorted(given) if entry(code) is None] == []
