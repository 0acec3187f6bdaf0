"""Several places that hold files of one client: which was forgotten (P12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubemu.errors import InputError
from hubemu.pki import Pki
from hubemu.rehearsal import Rehearsal
from hubemu.settings import Phase
from tests.rehearsal.conftest import CLIENT, Rehearse


@pytest.fixture
def hosts(pki: Pki, tmp_path: Path) -> Path:
    """A file that names a server which has both identities' trust, and places beside it."""
    new, old = (pki.client_files(CLIENT, kind) for kind in ("igc", "legacy"))
    word = tmp_path / "word.txt"
    word.write_text(f"{pki.passphrase}\n")
    p12 = new.certificate.with_suffix(".p12")
    file = tmp_path / "hosts.yaml"
    file.write_text(
        "hosts:\n"
        f"  - {{name: server, client-cert: {new.certificate}, client-key: {new.key}, "
        f"truststore: [{pki.truststore(Phase.DUAL)}]}}\n"
        f"  - {{name: spare, p12: {p12}, passphrase-file: word.txt, "
        f"truststore: [{pki.truststore(Phase.DUAL, '.jks')}]}}\n"
        f"  - {{name: tablet, client-cert: {old.certificate}, client-key: {old.key}, "
        f"truststore: [{pki.truststore(Phase.DUAL)}]}}\n"
    )
    return file


def told(rehearsal: Rehearsal) -> dict[str, list[list[str]]]:
    return {
        one.name: [[finding.code for finding in result.findings] for result in one.results]
        for one in rehearsal.clients
    }


def test_the_place_that_was_forgotten_is_p12(rehearsed: Rehearse, hosts: Path) -> None:
    rehearsal = rehearsed(steps=["dual", "igc"], hosts=hosts)
    assert told(rehearsal) == {
        f"{CLIENT} (server)": [[], []],
        f"{CLIENT} (spare)": [[], []],
        f"{CLIENT} (tablet)": [[], ["C1", "P6", "P3", "P12"]],
    }
    assert rehearsal.lost == [f"{CLIENT} (tablet)"]
    rows = rehearsal.to_json()["clients"]
    assert [(row["client"], row["host"]) for row in rows] == [
        (CLIENT, "server"), (CLIENT, "spare"), (CLIENT, "tablet"),
    ]  # fmt: skip
    assert "server, spare works" in rows[2]["results"][1]["findings"][-1]["text"]


def test_places_that_are_all_alike_are_no_p12(rehearsed: Rehearse, hosts: Path) -> None:
    """Whether all work, or none does."""
    lines = hosts.read_text().splitlines()
    hosts.write_text("\n".join([lines[0], lines[1], lines[2]]))
    assert "P12" not in str(told(rehearsed(steps=["igc"], hosts=hosts)))
    hosts.write_text("\n".join([lines[0], lines[3], lines[3].replace("tablet", "other")]))
    rehearsal = rehearsed(steps=["igc"], hosts=hosts)
    assert len(rehearsal.lost) == 2
    assert "P12" not in str(told(rehearsal))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hosts: []", "hosts"),
        ("hosts: [{name: a}]", "give client-cert and client-key, or p12"),
        ("hosts: [{name: a, p12: nowhere.p12}]", "nowhere.p12"),
        ("hosts: [{name: a, client-crt: x}]", "client-crt"),
        ("hosts: [{name: a}, {name: a}]", "'a' is there twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(
    rehearsed: Rehearse, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "hosts.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as told:
        rehearsed(hosts=file)
    assert said in str(told.value)


def test_hosts_and_files_of_one_go_not_together(rehearsed: Rehearse, hosts: Path) -> None:
    with pytest.raises(InputError, match="leave the other options out"):
        rehearsed(hosts=hosts, truststores=[hosts])
