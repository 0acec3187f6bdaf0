"""What the certificates contain, and that strict verifiers take them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID

from hubemu.pki import Pki, certificate_facts
from hubemu.pki.stores import pem
from hubemu.settings import Phase

ID = "fr.health.samuA"
MARK = "OU=EMULATOR - DO NOT TRUST"


def certificates(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes())


def leaves(pki: Pki) -> list[x509.Certificate]:
    return [certificates(path)[0] for path in sorted(pki.folder.rglob("*.crt"))]


def authorities(pki: Pki) -> list[x509.Certificate]:
    return [authority for chain in pki.chains.values() for authority in chain.certificates]


def extension(certificate: x509.Certificate, kind: type[Any]) -> Any:
    return certificate.extensions.get_extension_for_class(kind)


def test_subjects_of_the_authorities(pki: Pki) -> None:
    igc = "OU=0002 187512751,O=ASIP-SANTE,C=FR"
    assert [authority.subject.rfc4514_string() for authority in authorities(pki)] == [
        f"CN=Hub Santé CA,{MARK},O=Hub Santé,C=FR",
        f"CN=TEST AC RACINE IGC-SANTE ELEMENTAIRE,{MARK},OU=IGC-SANTE TEST,{igc}",
        f"CN=TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS,{MARK},OU=IGC-SANTE TEST,{igc}",
        f"CN=AC RACINE IGC-SANTE ELEMENTAIRE,{MARK},OU=IGC-SANTE,{igc}",
        f"CN=AC IGC-SANTE ELEMENTAIRE ORGANISATIONS,{MARK},OU=IGC-SANTE,{igc}",
    ]


def test_keys_and_signatures(pki: Pki) -> None:
    for certificate in authorities(pki) + leaves(pki):
        key = certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        assert key.key_size == 2048
        algorithm = certificate.signature_hash_algorithm
        assert algorithm is not None
        assert algorithm.name == "sha256"


def test_authorities_may_sign_and_no_deeper_than_their_chain(pki: Pki) -> None:
    depths = []
    for authority in authorities(pki):
        constraints = extension(authority, x509.BasicConstraints)
        assert constraints.critical
        assert constraints.value.ca
        depths.append(constraints.value.path_length)
        usage = extension(authority, x509.KeyUsage)
        assert usage.critical
        assert (usage.value.key_cert_sign, usage.value.crl_sign) == (True, True)
        assert not usage.value.digital_signature
    assert depths == [0, 1, 0, 1, 0]


def test_leaves_serve_both_sides(pki: Pki) -> None:
    for leaf in leaves(pki):
        assert not extension(leaf, x509.BasicConstraints).value.ca
        usages = set(extension(leaf, x509.ExtendedKeyUsage).value)
        assert usages == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
        usage = extension(leaf, x509.KeyUsage)
        assert usage.critical
        assert usage.value.digital_signature
        assert usage.value.key_encipherment
        assert not usage.value.key_cert_sign


def test_identifiers_and_revocation_points(pki: Pki) -> None:
    for certificate in authorities(pki) + leaves(pki):
        assert extension(certificate, x509.SubjectKeyIdentifier).value.digest
        if certificate.subject != certificate.issuer:
            assert extension(certificate, x509.AuthorityKeyIdentifier).value.key_identifier
            (point,) = extension(certificate, x509.CRLDistributionPoints).value
            assert point.full_name[0].value.startswith("http://127.0.0.1:8671/crl/")


def test_none_outlives_its_authority(pki: Pki) -> None:
    end = min(authority.not_valid_after_utc for authority in authorities(pki))
    assert all(leaf.not_valid_after_utc < end for leaf in leaves(pki))


def test_names_of_clients(pki: Pki) -> None:
    folder = pki.folder / "clients/fr.health.test.exos"
    names = extension(certificates(folder / "igc.crt")[0], x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["*.test.editeur.fr"]
    with pytest.raises(x509.ExtensionNotFound):
        extension(certificates(folder / "legacy.crt")[0], x509.SubjectAlternativeName)


@pytest.mark.parametrize("phase", Phase)
def test_strict_python_accepts(pki: Pki, handshake: Callable[..., Any], phase: Phase) -> None:
    """What Python 3.13 checks by default."""
    server, client = pki.server_context(phase), pki.dispatcher_context(phase)
    server.verify_flags |= ssl.VERIFY_X509_STRICT
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert handshake(server, client).accepted


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
@pytest.mark.parametrize("purpose", ["sslserver", "sslclient"])
@pytest.mark.parametrize("kind", ["legacy", "igc"])
def test_openssl_verifies_from_the_root(pki: Pki, tmp_path: Path, kind: str, purpose: str) -> None:
    chain = "legacy" if kind == "legacy" else pki.igc_chain
    root = tmp_path / "root.pem"
    root.write_bytes(pem(pki.chains[chain].certificates[:1]))
    for leaf in pki.folder.rglob(f"{kind}.crt"):
        command = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", str(root)]
        command += ["-untrusted", str(leaf), str(leaf)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr


def test_facts_of_a_certificate(pki: Pki) -> None:
    path = pki.client_files(ID, "igc").certificate
    leaf = certificates(path)[0]
    facts = certificate_facts(ssl.PEM_cert_to_DER_cert(path.read_text().split("\n-----BEGIN")[0]))
    assert facts.common_name == "samua.test.hubemu.example"
    assert facts.subject == "CN=samua.test.hubemu.example,O=hubemu,C=FR"
    assert facts.issuer.startswith(f"CN=TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS,{MARK}")
    assert int(facts.serial, 16) == leaf.serial_number
    assert facts.not_after == leaf.not_valid_after_utc
    assert len(facts.sha256) == 64
    with pytest.raises(ValueError, match="error parsing asn1"):
        certificate_facts(b"no certificate")
