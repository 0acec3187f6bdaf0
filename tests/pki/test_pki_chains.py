"""Verdicts on chains: each as RabbitMQ gives it, and as inspection tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.client_judge import ClientJudge
from hubemu.pki.inspection import inspect_material
from hubemu.pki.paths import PathFaultKind
from hubemu.pki.stores import pem
from tests.support.chain_making import Case
from tests.support.chains import CASES

NOW = datetime.now(UTC)
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def fault_of(case: Case) -> PathFaultKind | None:
    judge = ClientJudge([one.certificate for one in case.trusted], {})
    found = judge.fault([one.public_bytes(Encoding.DER) for one in case.chain], NOW)
    return found.fault if found is not None else None


@every_case
def test_a_chain_is_judged_as_rabbitmq_judges_it(case: Case) -> None:
    assert fault_of(case) == case.fault


def test_every_fault_of_a_path_is_provoked() -> None:
    provoked = {case.fault for case in CASES.values()}
    elsewhere = {PathFaultKind.REVOKED, PathFaultKind.UNREADABLE}  # tests/hub, test_pki_refusal
    assert {one.value for one in PathFaultKind if one not in elsewhere} - provoked == {
        "invalid_issuer"
    }


@every_case
def test_whatever_is_sent_can_be_inspected(pki: Pki, tmp_path: Path, case: Case) -> None:
    file = tmp_path / "x.pem"
    file.write_bytes(pem(case.chain))
    found = inspect_material(file, read_material(file), pki, NOW)
    assert not any(one.accepted for one in found.phases.values())
    assert all(one.why for one in found.phases.values())
    codes = {one.code for one in found.findings}
    # What RabbitMQ refuses by more than its authority is told as something found.
    if case.fault not in (None, "unknown_ca") and case.name != "root that ended":
        assert codes - {"C1", "C7"}
    assert ("C20" in codes) is case.tls13


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("leaf that may encipher only", "C19"),
        ("intermediate without constraints and usage", "C19"),
        ("issuer named by another serial", "C19"),
        ("signed with SHA-1", "S11"),
        ("weak key", "S12"),
        ("weak key above", "S12"),
    ],
)
def test_what_openssl_refuses_and_rabbitmq_does_not_is_found(
    pki: Pki, tmp_path: Path, name: str, code: str
) -> None:
    assert CASES[name].fault is None
    file = tmp_path / "x.pem"
    file.write_bytes(pem(CASES[name].chain))
    codes = [one.code for one in inspect_material(file, read_material(file), pki, NOW).findings]
    assert code in codes
