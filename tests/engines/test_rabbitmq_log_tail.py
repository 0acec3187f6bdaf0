"""A log is read to its end and beyond, whatever its writer does with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubemu.engines.rabbitmq.log_tail import LogTail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "rabbitmq.log"
    path.write_bytes(b"long ago\n")
    return path


@pytest.fixture
def tail(log: Path) -> Iterator[LogTail]:
    tail = LogTail(log)
    yield tail
    tail.close()


def add(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)


def test_only_what_comes_is_read(log: Path, tail: LogTail) -> None:
    assert tail.read() == ""
    add(log, b"now\n")
    assert tail.read() == "now\n"
    assert tail.read() == ""


def test_a_rotated_log_loses_nothing(log: Path, tail: LogTail) -> None:
    add(log, b"last of the old\n")
    log.rename(log.with_suffix(".log.0"))
    add(log, b"first of the new\n")
    assert tail.read() == "last of the old\n"
    assert tail.read() == "first of the new\n"
    add(log, b"next\n")
    assert tail.read() == "next\n"


def test_between_two_files_there_is_nothing_to_read_yet(log: Path, tail: LogTail) -> None:
    log.unlink()
    assert tail.read() == ""
    add(log, b"back\n")
    assert tail.read() == "back\n"


def test_an_emptied_log_is_read_from_its_beginning(log: Path, tail: LogTail) -> None:
    log.write_bytes(b"")
    assert tail.read() == ""
    add(log, b"new\n")
    assert tail.read() == "new\n"


def test_a_character_cut_in_two_is_one(log: Path, tail: LogTail) -> None:
    word = "arrêt".encode()
    add(log, word[:4])
    first = tail.read()
    add(log, word[4:])
    assert first + tail.read() == "arrêt"
