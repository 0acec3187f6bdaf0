"""A write-ahead log that something else damaged is noticed; one that was cut by a kill is read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hubemu.broker.store import FILE_NAME
from hubemu.errors import StartError
from tests.support.durable_broker import DurableBench, contents

LOG = f"{FILE_NAME}-wal"
PAGE = 16384
HEADER, FRAME = 32, 24 + PAGE
MESSAGES = 12


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """What a killed broker left: 12 messages, a transaction each, all in the log."""
    bench = DurableBench(tmp_path / "a")
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    bench.commit()
    for number in range(MESSAGES):
        client.publish("", "q", b"%1000d" % number, delivery_mode=2)
        bench.commit()
    folder = tmp_path / "b"
    folder.mkdir()
    for name in (FILE_NAME, LOG):
        shutil.copy(bench.folder / name, folder)
    bench.kill()
    return folder


def flip(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 0x55
    file.write_bytes(content)


def frames(folder: Path) -> int:
    return ((folder / LOG).stat().st_size - HEADER) // FRAME


def test_a_sound_log_is_read(killed: Path) -> None:
    bench = DurableBench(killed)
    assert len(contents(bench, "q")) == MESSAGES
    bench.stop()


@pytest.mark.parametrize("within", [0, 5, 9, 20, 24, 5000, FRAME - 1])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.6])
def test_damage_before_the_last_transactions_is_refused(
    killed: Path, part: float, within: int
) -> None:
    log = killed / LOG
    flip(log, HEADER + int(frames(killed) * part) * FRAME + within)
    before = log.read_bytes()
    for _ in range(2):
        with pytest.raises(
            StartError, match=r"damaged \(broker\.sqlite-wal cannot be read to its end\).*put back"
        ):
            DurableBench(killed)
    assert log.read_bytes() == before


@pytest.mark.parametrize("at", [0, 3, 12, 16, 24, 31])
def test_a_damaged_header_is_refused(killed: Path, at: int) -> None:
    flip(killed / LOG, at)
    with pytest.raises(StartError, match="cannot be read to its end"):
        DurableBench(killed)


def test_a_log_of_nothing_but_zeros_is_refused(killed: Path) -> None:
    log = killed / LOG
    log.write_bytes(bytes(log.stat().st_size))
    with pytest.raises(StartError, match="cannot be read to its end"):
        DurableBench(killed)


@pytest.mark.parametrize("octets", [0, 10, HEADER, HEADER + 100])
def test_a_log_that_holds_no_whole_frame_holds_nothing(killed: Path, octets: int) -> None:
    """docs/fidelity.md: what was cut off at the end, or removed, is not noticed."""
    log = killed / LOG
    log.write_bytes(log.read_bytes()[:octets])
    bench = DurableBench(killed)
    assert "q" not in bench.broker.vhosts["/"].queues
    bench.stop()


def test_what_is_left_over_from_before_the_log_began_anew_is_no_damage(tmp_path: Path) -> None:
    """The log is used again from its beginning; behind its end stand older transactions."""
    bench = DurableBench(tmp_path / "a")
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    for number in range(40):
        client.publish("", "q", b"%1000d" % number, delivery_mode=2)
        bench.commit()
    writer = bench.store.file._writer
    assert writer is not None
    writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    size = (bench.folder / LOG).stat().st_size
    client.publish("", "q", b"last", delivery_mode=2)
    bench.commit()
    assert (bench.folder / LOG).stat().st_size == size
    shutil.copytree(bench.folder, tmp_path / "b")
    bench.kill()
    (tmp_path / "b" / f"{FILE_NAME}-shm").unlink(missing_ok=True)
    again = DurableBench(tmp_path / "b")
    assert contents(again, "q")[-1] == (b"last", True)
    again.stop()
