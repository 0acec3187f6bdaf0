"""`certs inspect`: every kind of file, and what is found in it, each beside a file without it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

from hubemu.errors import InputError
from hubemu.explain.knowledge import entry
from hubemu.keys.rsa import key_pem
from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.inspection import (
    Inspection,
    inspect_material,
    inspecting,
    inspection_json,
    inspection_text,
)
from hubemu.pki.issued_on_demand import IssuedCertificate, IssueOrder, issue_certificate
from hubemu.pki.stores import jks_keystore, jks_truststore, p12_keystore, pem
from hubemu.settings import Phase

NOW = datetime.now(UTC)
ID = "fr.health.samuA"
NAME = "samua.test.hubemu.example"


@pytest.fixture(scope="module")
def good(pki: Pki) -> IssuedCertificate:
    return issue_certificate(pki, IssueOrder(common_name=NAME), NOW)


def inspected(
    pki: Pki | None,
    folder: Path,
    data: bytes,
    *,
    name: str = "file.pem",
    word: str | None = None,
    at: datetime = NOW,
    key: bytes | None = None,
) -> Inspection:
    file = folder / name
    file.write_bytes(data)
    file.chmod(0o600)
    return inspect_material(file, read_material(file, word), pki, at, key)


def codes(inspection: Inspection) -> list[str]:
    return [one.code for one in inspection.findings]


def roots(pki: Pki) -> tuple[x509.Certificate, x509.Certificate]:
    root, intermediate = pki.chains["igc-test"].certificates
    return root, intermediate


# Kinds


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


# What is found in files


def test_a_good_file_has_no_findings(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    assert codes(inspected(pki, tmp_path, pem(good.chain) + key_pem(good.key))) == []
    store = p12_keystore("x", good.key, good.chain, "word")
    assert codes(inspected(pki, tmp_path, store, name="x.p12", word="word")) == []


def test_key_of_another_certificate(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    other = issue_certificate(pki, IssueOrder(common_name=NAME), NOW).key
    found = inspected(pki, tmp_path, pem(good.chain) + key_pem(other))
    assert found.key_matches is False
    assert codes(found) == ["F1"]
    assert not found.phases[Phase.IGC].accepted


def test_locked_key(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    locked = good.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
    )
    data = pem(good.chain) + locked
    assert codes(inspected(pki, tmp_path, data)) == ["F8"]
    assert codes(inspected(pki, tmp_path, data, word="word")) == []
    with pytest.raises(InputError, match="F4"):
        inspected(pki, tmp_path, data, word="other")


@pytest.mark.parametrize("make", ["p12", "jks"])
def test_wrong_passphrase(pki: Pki, good: IssuedCertificate, tmp_path: Path, make: str) -> None:
    if make == "p12":
        data = p12_keystore("x", good.key, good.chain, "word")
    else:
        data = jks_keystore("x", good.key, good.chain, "word", 0)
    with pytest.raises(InputError, match="F4"):
        inspected(pki, tmp_path, data, word="other")
    with pytest.raises(InputError, match="--passphrase-file"):
        inspected(pki, tmp_path, data)


def test_order_doubles_strangers_and_roots(
    pki: Pki, good: IssuedCertificate, tmp_path: Path
) -> None:
    leaf, (root, intermediate) = good.leaf, roots(pki)
    legacy = pki.chains["legacy"].issuing

    def texts(*certificates: x509.Certificate) -> str:
        found = inspected(pki, tmp_path, pem(certificates))
        assert {one.code for one in found.findings} == {"F10"}
        return "; ".join(one.text for one in found.findings)

    assert "not the first" in texts(intermediate, leaf)
    assert "2 times" in texts(leaf, intermediate, intermediate)
    assert "not of the chain" in texts(leaf, intermediate, legacy)
    assert "harmless" in texts(leaf, intermediate, root)
    assert "not in the order" in texts(leaf, root, intermediate)


def test_missing_intermediate_and_old_root(
    pki: Pki, good: IssuedCertificate, tmp_path: Path
) -> None:
    assert codes(inspected(pki, tmp_path, pem([good.leaf]))) == ["C2"]
    old = pki.chains["legacy"].issuing
    assert "F11" in codes(inspected(pki, tmp_path, pem([good.leaf, old])))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: b"\xef\xbb\xbf" + text, "byte order mark"),
        (lambda text: text.replace(b"\n", b"\r\n"), "CRLF"),
    ],
)
def test_form_of_the_text(
    pki: Pki, good: IssuedCertificate, tmp_path: Path, change: object, told: str
) -> None:
    assert callable(change)
    found = inspected(pki, tmp_path, change(pem(good.chain)))
    assert codes(found) == ["F10"]
    assert told in found.findings[0].text


def test_der_named_pem(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    der = good.leaf.public_bytes(Encoding.DER)
    assert "F10" in codes(inspected(pki, tmp_path, der, name="x.pem"))
    assert "F10" not in codes(inspected(pki, tmp_path, der, name="x.der"))


def test_key_that_others_can_read(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    file = tmp_path / "x.key"
    file.write_bytes(key_pem(good.key))
    file.chmod(0o644)
    assert codes(inspect_material(file, read_material(file), pki, NOW)) == ["F9"]


# Stores


def test_ciphers_of_pkcs12(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    modern = pkcs12.serialize_key_and_certificates(
        b"x", good.key, good.leaf, good.chain[1:], BestAvailableEncryption(b"word")
    )
    assert codes(inspected(pki, tmp_path, modern, name="x.p12", word="word")) == ["F3"]
    unnamed = pkcs12.serialize_key_and_certificates(
        None, good.key, good.leaf, good.chain[1:], BestAvailableEncryption(b"word")
    )
    assert codes(inspected(pki, tmp_path, unnamed, name="x.p12", word="word")) == ["F3", "F12"]


def test_trust_stores(pki: Pki, good: IssuedCertificate, tmp_path: Path) -> None:
    root, intermediate = roots(pki)
    every = pki.truststore(Phase.DUAL).read_bytes()
    assert codes(inspected(pki, tmp_path, every)) == []
    assert codes(inspected(pki, tmp_path, pem([root]))) == ["S1"]
    found = inspected(pki, tmp_path, pem([root]))
    assert "in phase legacy:" in found.findings[0].text
    assert codes(inspected(pki, tmp_path, pem([intermediate]))) == ["S3", "S1"]
    pinned = jks_truststore({"hub": pki.shown()[1]}, "word", 0)
    assert "P7" in codes(inspected(pki, tmp_path, pinned, name="x.jks", word="word"))
    assert "P7" in codes(inspected(pki, tmp_path, pem([pki.shown()[1]])))
    assert "P7" not in codes(inspected(pki, tmp_path, pem([good.leaf])))


def test_trust_store_that_java_reads_as_empty(pki: Pki, tmp_path: Path) -> None:
    marked = pki.truststore(Phase.DUAL, ".p12").read_bytes()
    word = pki.passphrase
    assert codes(inspected(pki, tmp_path, marked, name="x.p12", word=word)) == []
    bare = pkcs12.serialize_key_and_certificates(
        None, None, None, pki.chains["legacy"].certificates, BestAvailableEncryption(b"word")
    )
    found = codes(inspected(pki, tmp_path, bare, name="x.p12", word="word"))
    assert {"F3", "F5", "F12"} <= set(found)


# Dates, names, extensions


def test_dates_are_judged_at_the_date_given(
    pki: Pki, good: IssuedCertificate, tmp_path: Path
) -> None:
    ends = good.leaf.not_valid_after_utc
    data = pem(good.chain)
    for at, expected, accepted in (
        (ends - timedelta(days=31), [], True),
        (ends - timedelta(days=29), ["P15"], True),
        (ends, ["P15"], True),
        (ends + timedelta(seconds=1), ["C3"], False),
        (NOW - timedelta(days=2), ["C3", "C3"], False),
    ):
        found = inspected(pki, tmp_path, data, at=at)
        assert codes(found) == expected
        assert found.phases[Phase.IGC].accepted is accepted


def certificate_of(
    pki: Pki,
    names: Sequence[str],
    *extensions: tuple[x509.ExtensionType, bool],
    authority_key: bool = True,
) -> x509.Certificate:
    issuer = pki.authority(pki.chains["igc-test"])
    key = load_pem_private_key(pki.client_files(ID, "igc").key.read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may be longer than it should
        subject = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, n, _validate=False) for n in names]
        )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=99))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    )
    if authority_key:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, hashes.SHA256())


def test_names_and_extensions(pki: Pki, tmp_path: Path) -> None:
    _, intermediate = roots(pki)
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    for leaf, expected in (
        (certificate_of(pki, [NAME]), []),
        (certificate_of(pki, [NAME, "second"]), ["C15", "C7"]),
        (certificate_of(pki, ["x" * 65]), ["C14", "C7"]),
        (certificate_of(pki, []), ["C7"]),
        (certificate_of(pki, [NAME], (unknown, True)), ["C17"]),
        (certificate_of(pki, [NAME], (unknown, False)), []),
        (certificate_of(pki, [NAME], authority_key=False), ["S17"]),
    ):
        found = inspected(pki, tmp_path, pem([leaf, intermediate]))
        assert codes(found) == expected
        assert found.phases[Phase.IGC].accepted is ({"C7", "C17"}.isdisjoint(expected))


# Unusable files


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
