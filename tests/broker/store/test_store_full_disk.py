"""A disk that fills up: publishers wait in time, and room comes back when messages are consumed."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from hubemu.broker.store import FILE_NAME, Committer, DiskStore
from hubemu.errors import StartError
from hubemu.supervision import Supervision
from tests.support.core_broker import Client
from tests.support.durable_broker import DurableBench, contents
from tests.support.waiting import until

PAGE = 16384


class Disk:
    """A disk of `total` octets that holds a folder, and `others` of somebody else."""

    def __init__(self, folder: Path, total: int) -> None:
        self.folder, self.total, self.others = folder, total, 0

    @property
    def used(self) -> int:
        return sum(one.stat().st_size for one in self.folder.iterdir())

    def usage(self, _: Path) -> SimpleNamespace:
        return SimpleNamespace(total=self.total, free=self.total - self.used - self.others)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """24 MB, looked at all the time."""
    found = Disk(tmp_path, 24_000_000)
    monkeypatch.setattr("shutil.disk_usage", found.usage)
    monkeypatch.setattr("hubemu.broker.store.committer._LOOK_SECONDS", 0.01)
    monkeypatch.setattr("hubemu.broker.store.committer._RETRY_SECONDS", 0.01)
    return found


def publisher(bench: DurableBench) -> Client:
    client = bench.client()
    client.channel.confirm_select()
    client.channel.queue_declare("q", durable=True)
    return client


async def fill(client: Client, committer: Committer, octets: int) -> int:
    """Publish until publishers have to wait, each message when the one before is safe."""
    said = client.sink.said
    published = 0
    while committer.trouble is None:
        client.publish("", "q", bytes(octets), delivery_mode=2)
        # Awaited at once.
        await until(lambda: len(said) > published or committer.trouble is not None)  # noqa: B023
        published += 1
    return published


@pytest.mark.parametrize("octets", [10_000, 100_000, 300_000])
def test_publishers_wait_before_it_is_full_and_consuming_heals(disk: Disk, octets: int) -> None:
    async def scenario() -> None:
        bench = DurableBench(disk.folder)
        alarms = bench.broker.alarms
        committer = Committer(bench.store, Supervision(), alarms.disk)
        committer.start()
        client = publisher(bench)
        for _ in range(2):
            client.sink.said.clear()
            published = await fill(client, committer, octets)
            await until(lambda: alarms.reasons == ("low on disk",))
            assert committer.trouble is not None
            assert disk.used < disk.total
            taken = 0
            while client.get("q") is not None:
                taken += 1
            assert taken == published
            await until(lambda: alarms.reasons == ())
            await until(lambda: disk.used < 1_000_000)
            assert len(client.sink.said) == published
        await committer.stop()

    asyncio.run(scenario())


def test_what_others_take_and_give_back_is_seen(disk: Disk) -> None:
    async def scenario() -> None:
        bench = DurableBench(disk.folder)
        committer = Committer(bench.store, Supervision(), bench.broker.alarms.disk)
        committer.start()
        disk.others = 20_000_000
        await until(lambda: bench.broker.alarms.reasons == ("low on disk",))
        assert committer.trouble is not None
        assert "MB free, 6.0 MB needed" in committer.trouble
        disk.others = 0
        await until(lambda: bench.broker.alarms.reasons == ())
        assert committer.trouble is None
        await committer.stop()

    asyncio.run(scenario())


def test_a_batch_that_would_fill_the_disk_is_not_begun(disk: Disk) -> None:
    """It is part of the next one; what is consumed meanwhile needs no room at all."""

    async def scenario() -> None:
        bench = DurableBench(disk.folder)
        committer = Committer(bench.store, Supervision(), bench.broker.alarms.disk)
        committer.start()
        client = publisher(bench)
        for _ in range(20):
            client.publish("", "q", bytes(1_000_000), delivery_mode=2)
        await until(lambda: committer.trouble is not None)
        assert client.sink.said == []
        assert disk.used < 1_000_000
        while client.get("q") is not None:
            pass
        await until(lambda: len(client.sink.said) == 20)
        await until(lambda: bench.broker.alarms.reasons == ())
        await committer.stop()

    asyncio.run(scenario())


def test_a_write_that_fails_is_taken_back_and_said_to_sqlite_again(tmp_path: Path) -> None:
    """SQLite itself says that the file is full."""
    bench = DurableBench(tmp_path)
    client = publisher(bench)
    bench.commit()
    writer, file = bench.store.file._writer, bench.store.file
    assert writer is not None
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    for number in range(3):
        client.publish("", "q", b"%d" % number * 100_000, delivery_mode=2)
    batch = bench.store.cut()
    assert batch is not None
    with pytest.raises(sqlite3.OperationalError, match="full"):
        file.write(batch)
    file.roll_back()
    bench.store.take_back()
    client.channel.queue_declare("later", durable=True)
    assert client.get("q") == b"0" * 100_000
    assert bench.store.batch.weight < 250_000
    writer.execute(f"PRAGMA max_page_count = {pages + 1000}").fetchone()
    bench.commit()
    assert len(client.sink.said) == 3
    bench.kill()
    again = DurableBench(tmp_path)
    assert [body[:1] for body, _ in contents(again, "q")] == [b"1", b"2"]
    assert "later" in again.broker.vhosts["/"].queues
    again.stop()


def test_the_file_of_consumed_messages_gets_small_again(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = publisher(bench)
    for _ in range(400):
        client.publish("", "q", bytes(100_000), delivery_mode=2)
    bench.commit()
    assert len(contents(bench, "q")) == 400
    bench.commit()
    for _ in range(3):
        bench.store.file.shrink()
    bench.kill()
    assert (tmp_path / FILE_NAME).stat().st_size < 18_000_000


@pytest.mark.parametrize("code", ["SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN"])
def test_a_start_without_room_is_one_line_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    DurableBench(tmp_path).stop()
    usage = SimpleNamespace(total=24_000_000, free=8_192)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)

    def full(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = getattr(sqlite3, code)
        raise error

    monkeypatch.setattr("sqlite3.connect", full)
    with pytest.raises(
        StartError, match=r"broker\.sqlite: the disk is full.*make room there"
    ) as told:
        DiskStore(tmp_path)
    assert told.value.exit_code == 3
    assert "\n" not in str(told.value)


def test_a_system_call_that_finds_no_room_is_told_likewise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.open", full)
    with pytest.raises(StartError, match="the disk is full"):
        DiskStore(tmp_path / "state")
