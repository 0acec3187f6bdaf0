"""Key stores and trust stores byte by byte, and read by those who must read them."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    pkcs12,
)

from hubemu.pki import Pki, jks
from hubemu.pki.stores import jks_truststore
from hubemu.settings import Phase

ID = "fr.health.samuA"


def read_jks(data: bytes, passphrase: str) -> dict[str, tuple[int, bytes]]:
    """A reader of its own: alias to creation time in milliseconds and DER."""
    secret = passphrase.encode("utf-16-be") + b"Mighty Aphrodite"
    assert hashlib.sha1(secret + data[:-20]).digest() == data[-20:]
    magic, version, count = struct.unpack_from(">III", data)
    assert (magic, version) == (0xFEEDFEED, 2)
    at, found = 12, {}
    for _ in range(count):
        tag, length = struct.unpack_from(">IH", data, at)
        assert tag == 2
        alias = data[at + 6 : at + 6 + length].decode()
        at += 6 + length
        created, type_length = struct.unpack_from(">QH", data, at)
        assert data[at + 10 : at + 10 + type_length] == b"X.509"
        at += 10 + type_length
        (size,) = struct.unpack_from(">I", data, at)
        found[alias] = created, data[at + 4 : at + 4 + size]
        at += 4 + size
    assert at == len(data) - 20
    return found


def test_jks_is_laid_out_as_java_lays_it_out(pki: Pki) -> None:
    certificate = pki.chains["legacy"].issuing
    data = jks_truststore({"legacy": certificate}, "secret", created=12.5)
    assert read_jks(data, "secret") == {"legacy": (12_500, certificate.public_bytes(Encoding.DER))}


@pytest.mark.parametrize(
    ("phase", "aliases"),
    [
        (Phase.LEGACY, ["legacy"]),
        (Phase.DUAL, ["legacy", "igc-test-root", "igc-test-organisations"]),
        (Phase.IGC, ["igc-test-root", "igc-test-organisations"]),
    ],
)
def test_truststores_hold_what_the_phase_trusts(pki: Pki, phase: Phase, aliases: list[str]) -> None:
    jks = read_jks(pki.truststore(phase, ".jks").read_bytes(), pki.passphrase)
    assert list(jks) == aliases
    store = pkcs12.load_pkcs12(pki.truststore(phase, ".p12").read_bytes(), pki.passphrase.encode())
    named = {
        str(entry.friendly_name, "ascii"): entry
        for entry in store.additional_certs
        if entry.friendly_name
    }
    assert list(named) == aliases
    pem = pki.truststore(phase).read_bytes()
    for alias in aliases:
        certificate = named[alias].certificate
        assert jks[alias][1] == certificate.public_bytes(Encoding.DER)
        assert certificate.public_bytes(Encoding.PEM) in pem


def test_truststores_of_a_prod_home_hold_the_prod_chain(other_home: Pki) -> None:
    jks = read_jks(other_home.truststore(Phase.IGC, ".jks").read_bytes(), other_home.passphrase)
    assert list(jks) == ["igc-prod-root", "igc-prod-organisations"]


def test_keystore_holds_key_leaf_and_chain(pki: Pki) -> None:
    data = (pki.folder / f"clients/{ID}/igc.p12").read_bytes()
    store = pkcs12.load_pkcs12(data, pki.passphrase.encode())
    assert store.cert is not None
    assert store.cert.friendly_name == ID.encode()
    assert store.key is not None
    assert store.key.public_key() == store.cert.certificate.public_key()
    assert [entry.certificate for entry in store.additional_certs] == [
        pki.chains["igc-test"].issuing
    ]


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_openssl_3_reads_the_keystore_without_its_legacy_provider(pki: Pki) -> None:
    store = pki.folder / f"clients/{ID}/igc.p12"
    command = ["openssl", "pkcs12", "-in", str(store), "-info", "-nodes", "-passin"]
    command += [f"file:{pki.folder / 'passphrase.txt'}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("BEGIN CERTIFICATE") == 2
    assert result.stderr.count("pbeWithSHA1And3-KeyTripleDES-CBC") == 2
    assert "MAC: sha1" in result.stderr


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_openssl_reads_the_modern_keystore(pki: Pki) -> None:
    store = pki.folder / f"clients/{ID}/igc.pfx"
    command = ["openssl", "pkcs12", "-in", str(store), "-info", "-nodes", "-passin"]
    command += [f"file:{pki.folder / 'passphrase.txt'}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("BEGIN CERTIFICATE") == 2
    assert result.stderr.count("AES-256-CBC") == 2
    assert "MAC: sha256" in result.stderr


def test_a_key_in_jks_comes_out_as_it_went_in(pki: Pki) -> None:
    data = (pki.folder / f"clients/{ID}/igc.jks").read_bytes()
    (entry,) = jks.read_jks(data, pki.passphrase).values()
    assert entry.key is not None
    key = load_der_private_key(entry.key, None)
    assert key.public_key() == entry.certificates[0].public_key()
    with pytest.raises(jks.WrongPassphrase):
        jks.read_jks(data, "another")


@pytest.mark.parametrize("suffix", [".p12", ".pfx"])
@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
def test_node_reads_the_keystore(pki: Pki, suffix: str) -> None:
    script = (
        "const [file, passphrase] = process.argv.slice(1);"
        "require('tls').createSecureContext({pfx: require('fs').readFileSync(file), passphrase});"
    )
    store: Path = pki.folder / f"clients/{ID}/igc{suffix}"
    command = ["node", "-e", script, str(store), pki.passphrase]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
