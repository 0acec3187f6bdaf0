"""A Hub that will show a bad certificate, as a migration of its own: each kind has its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubemu.pki import Pki
from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate, write_issued
from hubemu.pki.layout import read_certificates
from hubemu.pki.stores import pem
from tests.rehearsal.conftest import CLIENT, Rehearse, cells, codes

KINDS = [
    ("server", "YYYY-Y", []),
    ("no-san", "YYYY-Y", ["S7"]),
    ("missing-intermediate", "nnnn-n", ["S2"]),
    ("expired", "nnnn-n", ["S4"]),
    ("not-yet-valid", "nnnn-n", ["S5"]),
    ("wrong-host", "nnnn-n", ["S6"]),
    ("client-only", "nnnn-n", ["S8"]),
    ("self-signed", "nnnn-n", ["S9"]),
    ("unknown-authority", "nnnn-n", ["S1"]),
    ("sha1", "nnnn-n", ["S11"]),
    ("rsa1024", "nnnn-n", ["S12"]),
]


@pytest.fixture
def showing(pki: Pki, tmp_path: Path) -> Callable[[str], Path]:
    """A migration file whose one step shows a certificate of a profile."""

    def write(profile: str) -> Path:
        order = IssueOrder(common_name="localhost", profile=profile)
        made = issue_certificate(pki, order, datetime.now(UTC))
        files = write_issued(made, tmp_path, "word")
        file = tmp_path / "bad.yaml"
        file.write_text(
            "title: {en: Bad, fr: Mauvais}\n"
            "steps:\n"
            f"  - {{name: bad, certificate: {files.certificate.name}, key: {files.key.name}, "
            "trusts: [igc]}\n"
        )
        return file

    return write


@pytest.mark.parametrize(("profile", "cell", "found"), KINDS, ids=[one[0] for one in KINDS])
def test_each_bad_certificate_of_the_hub_is_named(
    rehearsed: Rehearse,
    pki: Pki,
    showing: Callable[[str], Path],
    tmp_path: Path,
    profile: str,
    cell: str,
    found: list[str],
) -> None:
    files = pki.client_files(CLIENT, "igc")
    trust = tmp_path / "root.pem"
    trust.write_bytes(pem([pki.chains[pki.igc_chain].certificates[0]]))
    rehearsal = rehearsed(
        migration=str(showing(profile)),
        certificate=files.certificate,
        key=files.key,
        truststores=[trust],
    )
    assert cells(rehearsal) == [cell]
    assert [one for one in codes(rehearsal)[0] if one[0] == "S"] == found


def test_a_leaf_that_is_not_first_is_f10(rehearsed: Rehearse, pki: Pki, tmp_path: Path) -> None:
    files = pki.client_files(CLIENT, "igc")
    chain = read_certificates(files.certificate, "")
    turned = tmp_path / "turned.pem"
    turned.write_bytes(pem(chain[::-1]))
    rehearsal = rehearsed(steps=["igc"], certificate=turned, key=files.key)
    assert codes(rehearsal) == [["F10"]]
    assert rehearsal.lost == [CLIENT]
