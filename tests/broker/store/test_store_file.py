"""The state file: refused as it is when it cannot be trusted, and nobody else's meanwhile."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hubemu.broker.store import FILE_NAME
from hubemu.errors import InputError, StartError
from tests.support.durable_broker import DurableBench, contents

PAGE = 16384


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A state file that a stopped broker left, with 200 messages of 1 KB in queue `q`."""
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    for number in range(200):
        client.publish("", "q", b"%1000d" % number, delivery_mode=2)
    bench.stop()
    return tmp_path / FILE_NAME


def overwritten(file: Path, at: int, data: bytes) -> None:
    with file.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def truncated(file: Path, size: int) -> None:
    with file.open("r+b") as stream:
        stream.truncate(size)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no header": lambda file: overwritten(file, 0, b"\0" * 100),
    "a text file": lambda file: file.write_bytes(b"hello"),
    "empty": lambda file: file.write_bytes(b""),
    "cut short": lambda file: truncated(file, file.stat().st_size // 2),
    "garbage in its tables": lambda file: overwritten(file, PAGE, b"\xff" * PAGE),
    "garbage in the middle": lambda file: overwritten(
        file, file.stat().st_size // 2 // PAGE * PAGE, b"\xff" * PAGE
    ),
    "one bit of a message": lambda file: overwritten(
        file, file.read_bytes().index(b" 150") + 1, b"2"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_and_left_as_it_is(filled: Path, damage: str) -> None:
    DAMAGES[damage](filled)
    before = hashlib.sha256(filled.read_bytes()).digest()
    for _ in range(2):
        with pytest.raises(
            StartError, match=r"broker\.sqlite: damaged \(.*left as it is: put back"
        ):
            DurableBench(filled.parent)
    assert hashlib.sha256(filled.read_bytes()).digest() == before


def test_a_newer_file_is_refused_and_left_as_it_is(filled: Path) -> None:
    overwritten(filled, 60, (2).to_bytes(4))
    before = filled.read_bytes()
    with pytest.raises(InputError, match=r"format 2 of another hubemu .this one reads 1.*another"):
        DurableBench(filled.parent)
    assert filled.read_bytes() == before


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(StartError, match="not a state file"):
        DurableBench(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be used"):
        DurableBench(tmp_path / "file" / "state")


def test_two_brokers_cannot_have_one_file(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.broker.store.statefile._LOCK_SECONDS", 0.01)
    first = DurableBench(filled.parent)
    with pytest.raises(StartError, match="another broker keeps its state here"):
        DurableBench(filled.parent)
    first.stop()
    second = DurableBench(filled.parent)
    assert len(contents(second, "q")) == 200
    second.stop()


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_torn_write_loses_nothing_but_its_own_transaction(tmp_path: Path, kept: float) -> None:
    """The log of a killed broker, its last transaction half written."""
    bench = DurableBench(tmp_path / "a")
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    bench.commit()
    log = tmp_path / "a" / f"{FILE_NAME}-wal"
    client.publish("", "q", b"safe", delivery_mode=2)
    bench.commit()
    safe = log.stat().st_size
    for _ in range(20):
        client.publish("", "q", bytes(1000), delivery_mode=2)
    bench.commit()
    torn = tmp_path / "b"
    torn.mkdir()
    (torn / FILE_NAME).write_bytes((tmp_path / "a" / FILE_NAME).read_bytes())
    written = log.read_bytes()
    (torn / log.name).write_bytes(written[: safe + int((len(written) - safe) * kept)])
    bench.kill()

    again = DurableBench(torn)
    assert contents(again, "q") == [(b"safe", True)]
    again.stop()


def test_nobody_else_may_read_it(filled: Path) -> None:
    assert filled.stat().st_mode & 0o777 == 0o600
