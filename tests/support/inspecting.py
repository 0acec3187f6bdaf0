"""Inspecting a file of certificates: with a home of two clients, at a time, what is found."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.inspection import (
    Inspection,
    inspect_material,
)

__all__ = ["ID", "NAME", "NOW", "certificate_of", "codes", "inspected", "roots"]

NOW = datetime.now(UTC)
ID = "fr.health.samuA"
NAME = "samua.test.hubemu.example"


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
    """What is found in a file of that content and name, `word` opening it."""
    file = folder / name
    file.write_bytes(data)
    file.chmod(0o600)
    return inspect_material(file, read_material(file, word), pki, at, key)


def codes(inspection: Inspection) -> list[str]:
    """The codes of what was found, in its order."""
    return [one.code for one in inspection.findings]


def roots(pki: Pki) -> tuple[x509.Certificate, x509.Certificate]:
    """Root and intermediate of the IGC chain for tests."""
    root, intermediate = pki.chains["igc-test"].certificates
    return root, intermediate


def certificate_of(
    pki: Pki,
    names: Sequence[str],
    *extensions: tuple[x509.ExtensionType, bool],
    authority_key: bool = True,
) -> x509.Certificate:
    """A certificate of these Common Names by the intermediate, with more extensions or fewer."""
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
