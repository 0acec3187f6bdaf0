"""`certs inspect`: what is found in files, each beside a file without it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ObjectIdentifier

from hubemu.errors import InputError
from hubemu.keys.rsa import key_pem
from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.inspection import (
    inspect_material,
)
from hubemu.pki.issued_on_demand import IssuedCertificate, IssueOrder, issue_certificate
from hubemu.pki.stores import jks_keystore, jks_truststore, p12_keystore, pem
from hubemu.settings import Phase
from tests.support.inspecting import NAME, NOW, certificate_of, codes, inspected, roots


@pytest.fixture(scope="module")
def good(pki: Pki) -> IssuedCertificate:
    return issue_certificate(pki, IssueOrder(common_name=NAME), NOW)


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
