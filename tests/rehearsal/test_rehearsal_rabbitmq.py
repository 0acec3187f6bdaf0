"""The same on a real RabbitMQ: what is red, and its name, are those of the embedded engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hubemu.errors import InputError
from hubemu.pki import Pki
from hubemu.pki.issuance import IssuedFiles
from hubemu.pki.stores import pem
from hubemu.settings import EngineKind
from tests.rehearsal.conftest import CLIENT, Rehearse, cells, codes

pytestmark = pytest.mark.skipif(
    shutil.which("rabbitmq-server") is None, reason="no rabbitmq-server on this machine"
)
ENGINES = (EngineKind.EMBEDDED, EngineKind.RABBITMQ)
RABBITMQ = EngineKind.RABBITMQ


def test_the_migration_with_an_old_and_a_careful_client(rehearsed: Rehearse) -> None:
    careful = rehearsed(engine=RABBITMQ, clients=(CLIENT, "fr.health.samuB"))
    assert cells(careful) == ["YYYY-Y", "YYYYYY", "YYYYYY"]
    old = rehearsed(engine=RABBITMQ, identity="legacy")
    assert cells(old) == ["YYYY-Y", "nnnnYn", "nnnnYn"]
    assert codes(old) == [[], ["S1", "P6"], ["S1", "C1", "P6"]]


@pytest.mark.parametrize(
    "profile", ["expired", "server-only", "self-signed", "unknown-authority", "sha1"]
)
def test_a_bad_certificate_has_the_same_name_on_both(
    rehearsed: Rehearse, issued: Callable[..., IssuedFiles], profile: str
) -> None:
    files = issued(profile)
    found = [
        rehearsed(engine=engine, steps=["igc"], certificate=files.certificate, key=files.key)
        for engine in ENGINES
    ]
    assert cells(found[0]) == cells(found[1])
    assert codes(found[0]) == codes(found[1])
    assert codes(found[0])[0]


def test_a_pinned_leaf_is_out_at_its_renewal(rehearsed: Rehearse, pki: Pki, tmp_path: Path) -> None:
    pinned = tmp_path / "pinned.pem"
    pinned.write_bytes(pem([pki.shown()[-1]]))
    files = pki.client_files(CLIENT, "igc")
    rehearsal = rehearsed(
        engine=RABBITMQ, migration="renewal",
        certificate=files.certificate, key=files.key, truststores=[pinned],
    )  # fmt: skip
    assert cells(rehearsal) == ["YYYY-Y", "nnnnYn"]
    assert codes(rehearsal) == [["P7"], ["P7", "P6"]]


def test_the_old_intermediate_is_revoked(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(engine=RABBITMQ, migration="new-intermediate", identity="as-is")
    assert codes(rehearsal) == [[], [], ["C12", "P6"]]


def test_its_clock_cannot_be_moved(rehearsed: Rehearse) -> None:
    with pytest.raises(InputError, match="embedded"):
        rehearsed(engine=RABBITMQ, migration="expiry")
