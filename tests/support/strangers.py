"""Identities from an authority that no Hub knows."""

from __future__ import annotations

from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

__all__ = ["stranger_identity"]


def stranger_identity(folder: Path, common_name: str, passphrase: str) -> Path:
    """`stranger.crt`, `.key` and `.p12` in a folder; their path without suffix."""
    certificate = trustme.CA().issue_cert("stranger.example", common_name=common_name)
    identity = folder / "stranger"
    leaf = certificate.cert_chain_pems[0].bytes()
    key = certificate.private_key_pem.bytes()
    identity.with_suffix(".crt").write_bytes(leaf)
    identity.with_suffix(".key").write_bytes(key)
    store = serialize_key_and_certificates(
        b"stranger",
        load_pem_private_key(key, None),  # type: ignore[arg-type]  # trustme makes EC keys
        x509.load_pem_x509_certificate(leaf),
        None,
        BestAvailableEncryption(passphrase.encode()),
    )
    identity.with_suffix(".p12").write_bytes(store)
    return identity
