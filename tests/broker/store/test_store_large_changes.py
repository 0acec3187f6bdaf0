"""Queues with many messages that go: in parts, which a kill may interrupt, a stop may not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hubemu.broker.backlog_turns import BacklogTurns
from hubemu.broker.core import backlog as backlogs
from hubemu.broker.store import Committer
from hubemu.broker.store.batch import Batch
from hubemu.supervision import Supervision
from tests.support.durable_broker import DurableBench, contents
from tests.support.waiting import until

MOST, COUNT = 10, 35


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.broker.store.statefile._MOST_EMPTIED", MOST)
    monkeypatch.setattr(backlogs, "PART", MOST)


def fill(bench: DurableBench, queue: str = "q", count: int = COUNT) -> None:
    client = bench.client()
    client.channel.queue_declare(queue, durable=True)
    for number in range(count):
        client.publish("", queue, b"%d" % number, delivery_mode=2)
    bench.commit()


def rows(bench: DurableBench) -> int:
    (count,) = bench.store.file._connection.execute("SELECT count(*) FROM messages").fetchone()
    return int(count)


def test_a_deleted_queue_is_gone_with_one_commit_and_its_messages_with_more(
    tmp_path: Path,
) -> None:
    bench = DurableBench(tmp_path)
    fill(bench)
    fill(bench, "other", 3)
    channel = bench.client().channel
    assert channel.queue_delete("q") == COUNT
    assert bench.broker.holding_answers
    bench.commit()
    assert not bench.broker.holding_answers
    assert rows(bench) == COUNT - MOST + 3
    fill(bench, "q", 2)
    for left in (COUNT - 3 * MOST, 0, 0):
        bench.commit()
        assert rows(bench) == left + 5
    assert bench.store.batch.empty
    bench.stop()
    again = DurableBench(tmp_path)
    assert contents(again, "q") == [(b"0", False), (b"1", False)]
    assert len(contents(again, "other")) == 3
    again.stop()


def test_a_kill_meanwhile_brings_nothing_back_and_the_rest_goes_after_it(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    fill(bench)
    bench.client().channel.queue_delete("q")
    bench.commit()
    bench.kill()
    bench = DurableBench(tmp_path)
    assert list(bench.broker.vhosts) == ["/"]
    assert bench.broker.vhosts["/"].queues == {}
    fill(bench, "q", 2)
    bench.kill()
    bench = DurableBench(tmp_path)
    assert [body for body, _ in contents(bench, "q")] == [b"0", b"1"]
    while not bench.store.batch.empty:
        bench.commit()
    assert rows(bench) == 0
    bench.stop()
    again = DurableBench(tmp_path)
    assert again.store._going == []
    again.stop()


def test_a_batch_that_failed_empties_as_much_when_it_is_tried_again(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    fill(bench)
    bench.client().channel.queue_delete("q")
    batch = bench.store.cut()
    assert batch is not None
    bench.store.file.write(batch)
    bench.store.file.roll_back()
    bench.store.take_back()
    assert rows(bench) == COUNT
    while not bench.store.batch.empty:
        bench.commit()
    assert rows(bench) == 0
    bench.stop()


def test_what_is_acknowledged_here_and_there_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    fill(bench)
    client = bench.client()
    while client.channel.get("q") is not None:
        pass
    acknowledged = [1, 2, 3, 7, 9, 10, 34, 35]
    for tag in (*acknowledged[4:], *acknowledged[:4]):
        client.channel.ack(tag)
    bench.commit()
    assert rows(bench) == COUNT - len(acknowledged)
    bench.kill()
    again = DurableBench(tmp_path)
    left = [b"%d" % (tag - 1) for tag in range(1, COUNT + 1) if tag not in acknowledged]
    assert [body for body, _ in contents(again, "q")] == left
    again.stop()


@pytest.mark.parametrize("write_fails", [False, True])
def test_a_stop_leaves_nothing_of_what_was_purged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_fails: bool
) -> None:
    monkeypatch.setattr("hubemu.broker.store.committer._RETRY_SECONDS", 0.01)
    monkeypatch.setattr("hubemu.broker.store.batch._MANY_ROWS", MOST - 1)

    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        fill(bench)
        write, failures = bench.store.file.write, [OSError("full")] if write_fails else []

        def failing(batch: Batch) -> None:
            if failures:
                raise failures.pop()
            write(batch)

        monkeypatch.setattr(bench.store.file, "write", failing)
        committer, turns = Committer(bench.store, Supervision()), BacklogTurns(bench.broker)
        committer.start()
        turns.start()
        bench.client().channel.queue_purge("q")
        assert bench.store.burdened
        fill_one = bench.client()
        fill_one.publish("", "q", b"kept", delivery_mode=2)
        if write_fails:
            await until(lambda: not failures)
        turns.stop()
        await committer.safe()
        await committer.stop()

    asyncio.run(scenario())
    again = DurableBench(tmp_path)
    assert [body for body, _ in contents(again, "q")] == [b"kept"]
    again.stop()


def test_others_have_their_turn_and_the_disk_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While more is to be written than a batch should hold, nothing is added to it."""
    monkeypatch.setattr("hubemu.broker.store.batch._MANY_ROWS", MOST - 1)
    monkeypatch.setattr("hubemu.broker.backlog_turns._DISK_SECONDS", 0)

    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        fill(bench)
        turns = BacklogTurns(bench.broker)
        turns.start()
        bench.client().channel.queue_purge("q")
        done = asyncio.create_task(turns.done())
        for left in (2 * MOST + 5, MOST + 5, 5):
            for _ in range(20):
                await asyncio.sleep(0)
            assert len(bench.store.batch.removed) == MOST
            assert not done.done()
            bench.commit()
            assert rows(bench) == left
        await done
        bench.commit()
        assert rows(bench) == 0
        turns.stop()
        bench.stop()

    asyncio.run(scenario())


def test_while_nothing_can_be_written_nobody_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset empties every queue of a Hub whose disk is full, too."""
    monkeypatch.setattr("hubemu.broker.store.batch._MANY_ROWS", MOST - 1)
    monkeypatch.setattr("hubemu.broker.store.committer._RETRY_SECONDS", 0.01)

    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        fill(bench)
        write = bench.store.file.write

        def full(_batch: Batch) -> None:
            raise OSError("full")

        monkeypatch.setattr(bench.store.file, "write", full)
        committer, turns = Committer(bench.store, Supervision()), BacklogTurns(bench.broker)
        committer.start()
        turns.start()
        bench.broker.purge()
        await turns.done()
        assert len(bench.store.batch.removed) == COUNT
        monkeypatch.setattr(bench.store.file, "write", write)
        await committer.safe()
        assert not bench.store.burdened
        turns.stop()
        await committer.stop()

    asyncio.run(scenario())
    again = DurableBench(tmp_path)
    assert contents(again, "q") == []
    again.stop()
