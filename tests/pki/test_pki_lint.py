"""What a linter of RFC 5280 says of our certificates and lists: nothing that is not named here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.pki import Pki
from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate
from hubemu.pki.layout import read_certificates
from hubemu.pki.revocation import revocation_list
from tests.conftest import missing

Ensure = Callable[..., Pki]
NOW = datetime.now(UTC)
NAMES_OF_THIS_MACHINE = "pkix.invalid_domain_name_syntax"
"""`localhost` and the names of containers have no dot (certs/README.md)."""


@pytest.fixture(autouse=True)
def linter() -> None:
    if not tool("lint_pkix_cert").exists():
        missing("pkilint", "pkilint is not installed: it comes with the extra dev")


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def findings(name: str, file: Path, *options: str) -> set[str]:
    """The codes of all errors."""
    command = [str(tool(name)), "lint", "-s", "ERROR", "-f", "JSON", *options, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    return {one["code"] for part in told["results"] for one in part["finding_descriptions"]}


def test_authorities(pki: Pki, tmp_path: Path) -> None:
    for name, certificate in pki.authorities.items():
        file = tmp_path / f"{name}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM))
        assert findings("lint_pkix_cert", file) == set()


def test_a_list_with_something_on_it(folder: Path, ensure: Ensure, tmp_path: Path) -> None:
    pki = ensure(folder)
    pki.additions.revoke("legacy", 12345, NOW)
    listed = tmp_path / "legacy.crl"
    listed.write_bytes(revocation_list(pki, "legacy", NOW))
    assert findings("lint_crl", listed, "-p", "PKIX", "-t", "CRL") == set()


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("clients/fr.health.samuA/igc", set()),
        ("clients/fr.health.samuA/legacy", set()),
        ("dispatcher/igc", set()),
        ("server/igc", {NAMES_OF_THIS_MACHINE}),
    ],
)
def test_leaves(pki: Pki, tmp_path: Path, place: str, expected: set[str]) -> None:
    leaf = read_certificates(pki.folder / f"{place}.crt", "")[0]
    file = tmp_path / "x.pem"
    file.write_bytes(leaf.public_bytes(Encoding.PEM))
    assert findings("lint_pkix_cert", file) == expected


def test_a_fault_is_seen(pki: Pki, tmp_path: Path) -> None:
    alone = issue_certificate(pki, IssueOrder(common_name="x", profile="self-signed"), NOW)
    file = tmp_path / "x.pem"
    file.write_bytes(alone.leaf.public_bytes(Encoding.PEM))
    codes = findings("lint_pkix_cert", file)
    assert "pkix.authority_key_identifier_extension_absent" in codes
