"""`certs issue`: each profile, with its positive twin, made now."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from hubemu.errors import InputError
from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.definition_files import load_issue_profiles
from hubemu.pki.describing import key_name, names_of, signature_name, usages_of
from hubemu.pki.inspection import inspect_material
from hubemu.pki.issued_on_demand import (
    IssuedCertificate,
    IssueOrder,
    issue_certificate,
    write_issued,
)
from hubemu.pki.paths import PathFaultKind, signed_by
from hubemu.settings import Phase

NOW = datetime.now(UTC)
NAME = "samua.test.hubemu.example"
FAULTS = {
    "expired": PathFaultKind.DATES,
    "not-yet-valid": PathFaultKind.DATES,
    "server-only": PathFaultKind.PURPOSE,
    "self-signed": PathFaultKind.SELF_SIGNED,
    "unknown-authority": PathFaultKind.UNKNOWN_AUTHORITY,
    "prod-on-test": PathFaultKind.UNKNOWN_AUTHORITY,
}
"""As a real RabbitMQ refuses them (tests/hub); every other chain is accepted."""
FINDINGS = {
    "client": None,
    "server": None,
    "expired": "C3",
    "not-yet-valid": "C3",
    "expires-soon": "P15",
    "server-only": "C4",
    "client-only": "S8",
    "no-san": "S7",
    "wrong-host": "S6",
    "cn-only": "S7",
    "sha1": "S11",
    "rsa1024": "S12",
    "self-signed": "C5",
    "unknown-authority": "C1",
    "missing-intermediate": "C2",
    "nobody": "C7",
    "revoked": None,  # once it is on the list: test_pki_revocation
    "wildcard": "C8",
    "prod-on-test": "C1",
    "test-on-prod": None,
}
PROFILES = list(FINDINGS)


def issue(pki: Pki, profile: str, name: str = NAME, **more: object) -> IssuedCertificate:
    # By name.
    order = IssueOrder(common_name=name, profile=profile, **more)  # type: ignore[arg-type]
    return issue_certificate(pki, order, NOW)


def test_profiles_are_those_of_the_interface() -> None:
    assert list(load_issue_profiles()) == PROFILES


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_is_refused_for_its_fault_only(pki: Pki, profile: str) -> None:
    issued = issue(pki, profile)
    fault = pki.judge(Phase.IGC).fault_of(issued.chain, NOW)
    assert (fault.fault if fault else None) == FAULTS.get(profile)
    assert pki.judge(Phase.IGC).fault_of(issue(pki, "client").chain, NOW) is None


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_keeps_its_common_name_and_is_told_by_its_finding(
    pki: Pki, tmp_path: Path, profile: str
) -> None:
    name = "nobody.test.hubemu.example" if profile == "nobody" else NAME
    files = write_issued(issue(pki, profile, name), tmp_path, "word")
    found = inspect_material(files.certificate, read_material(files.certificate), pki, NOW)
    leaf = found.material.certificates[0]
    assert leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == name
    codes = {one.code for one in found.findings}
    expected = FINDINGS[profile]
    assert expected in codes if expected else not codes


def test_what_is_different_in_each(pki: Pki) -> None:
    leaf = issue(pki, "client", names=("b.example", "10.0.0.1")).leaf
    assert names_of(leaf) == [NAME, "b.example", "10.0.0.1"]
    assert usages_of(leaf) == ["serverAuth", "clientAuth"]
    assert names_of(issue(pki, "no-san").leaf) == []
    assert names_of(issue(pki, "wrong-host").leaf) == ["elsewhere.hubemu.example"]
    assert names_of(issue(pki, "wildcard").leaf) == [f"*.{NAME}"]
    assert names_of(issue(pki, "wildcard", "*.test.editeur.fr").leaf) == ["*.test.editeur.fr"]
    assert issue(pki, "cn-only").leaf.subject.rfc4514_string() == f"CN={NAME}"
    assert signature_name(issue(pki, "sha1").leaf) == "sha1WithRSAEncryption"
    assert key_name(issue(pki, "rsa1024").leaf.public_key()) == "RSA 1024"
    assert len(issue(pki, "client").chain) == 2
    assert len(issue(pki, "missing-intermediate").chain) == 1


def test_a_sha1_signature_is_valid(pki: Pki) -> None:
    issued = issue(pki, "sha1")
    assert signed_by(issued.leaf, issued.chain[1])
    assert not signed_by(issued.leaf, issue(pki, "unknown-authority").root)


@pytest.mark.parametrize(
    ("profile", "days", "starts", "ends"),
    [
        ("client", 10, -1, 10),
        ("expired", 10, -20, -10),
        ("not-yet-valid", 10, 10, 20),
        ("expires-soon", None, -358, 7),
    ],
)
def test_days(pki: Pki, profile: str, days: int | None, starts: int, ends: int) -> None:
    leaf = issue(pki, profile, days=days).leaf
    rounded = NOW.replace(microsecond=0)
    assert leaf.not_valid_before_utc == rounded + timedelta(days=starts)
    assert leaf.not_valid_after_utc == rounded + timedelta(days=ends)


def test_a_stranger_is_accepted_once_it_is_trusted(pki: Pki) -> None:
    issued = issue(pki, "unknown-authority")
    judge = pki.judge(Phase.IGC)
    assert judge.fault_of(issued.chain, NOW) is not None
    trusting = type(judge)([*judge.anchors, issued.root], judge.revoked)
    assert trusting.fault_of(issued.chain, NOW) is None


@pytest.mark.parametrize("chain", ["legacy", "igc"])
def test_the_chain_is_the_one_asked_for(pki: Pki, chain: str) -> None:
    issued = issue(pki, "client", "fr.health.samuA", chain=chain)
    kind = Phase.LEGACY if chain == "legacy" else Phase.IGC
    assert pki.judge(kind).fault_of(issued.chain, NOW) is None
    other = Phase.IGC if chain == "legacy" else Phase.LEGACY
    assert pki.judge(other).fault_of(issued.chain, NOW) is not None


def test_files(pki: Pki, tmp_path: Path) -> None:
    umask = os.umask(0o777)
    try:
        (tmp_path / "out").mkdir(mode=0o700)
        (tmp_path / "out").chmod(0o700)
        files = write_issued(issue(pki, "client"), tmp_path / "out", "word")
    finally:
        os.umask(umask)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (files.key, files.p12)] == [0o600] * 2
    assert stat.S_IMODE(files.certificate.stat().st_mode) == 0o644
    store = pkcs12.load_pkcs12(files.p12.read_bytes(), b"word")
    key = load_pem_private_key(files.key.read_bytes(), None)
    assert store.key is not None
    assert store.key.public_key() == key.public_key()
    assert read_material(files.certificate).kind == "chain"


def test_names_that_are_no_file_names(pki: Pki, tmp_path: Path) -> None:
    files = write_issued(issue(pki, "client", "*.test/../é"), tmp_path, "word")
    assert files.certificate.parent == tmp_path
    assert files.certificate.name == "_.test_.._.crt"


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (IssueOrder(common_name="x", profile="exipred"), "did you mean expired"),
        (IssueOrder(common_name="x" * 65), "shorten it"),
        (IssueOrder(common_name="x", names=("http://x",)), "neither a host name"),
        (IssueOrder(common_name="x", profile="no-san", names=("y",)), "leave it out"),
        (IssueOrder(common_name="x", days=0), "one or more"),
    ],
)
def test_mistakes(pki: Pki, order: IssueOrder, told: str) -> None:
    with pytest.raises(InputError, match=told):
        issue_certificate(pki, order, NOW)
