"""Commits beside the event loop: who is told what, and when."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from hubemu import supervision
from hubemu.broker.core import LocalDelivery
from hubemu.broker.store import Committer
from hubemu.broker.store.batch import Batch
from hubemu.broker.wire.properties import encode_properties
from hubemu.properties import Properties
from hubemu.supervision import Supervision
from tests.support.core_broker import VHOST, Client
from tests.support.durable_broker import DurableBench, contents
from tests.support.waiting import until


def publisher(bench: DurableBench) -> Client:
    client = bench.client()
    client.channel.confirm_select()
    client.channel.queue_declare("q", durable=True)
    bench.commit()
    return client


def test_a_confirm_waits_for_the_commit(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = publisher(bench)
    client.publish("", "q", b"m", delivery_mode=2)
    client.publish("", "nowhere", b"m", mandatory=True)
    assert [said[0] for said in client.sink.said] == ["return"]
    bench.commit()
    assert client.sink.said[1:] == [("ack", 1), ("ack", 2)]
    bench.stop()


def test_what_needs_no_commit_is_confirmed_at_once(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = publisher(bench)
    client.publish("", "q", b"transient")
    assert client.sink.said == [("ack", 1)]
    bench.stop()


def test_a_closed_channel_hears_nothing(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = publisher(bench)
    client.publish("", "q", b"m", delivery_mode=2)
    client.channel.close()
    bench.commit()
    assert client.sink.said == []
    bench.stop()


def test_answers_wait_for_changes_of_what_exists_and_for_transactions(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    released = []
    leave = bench.broker.watch_answers(lambda: released.append(bench.broker.holding_answers))
    channel = bench.client().channel
    channel.queue_declare("transient")
    assert not bench.broker.holding_answers
    channel.queue_declare("q", durable=True)
    assert bench.broker.holding_answers
    bench.commit()
    client = bench.client()
    client.channel.tx_select()
    client.publish("", "q", b"m", delivery_mode=2)
    assert not bench.broker.holding_answers
    client.channel.tx_commit()
    assert bench.broker.holding_answers
    bench.commit()
    assert released == [False, False]
    leave()
    bench.stop()


def test_passing_on_is_one_transaction(tmp_path: Path) -> None:
    """What the dispatcher does: publish the copy, then acknowledge, in one turn."""
    bench = DurableBench(tmp_path)
    vhost = bench.broker.vhosts[VHOST]
    channel = bench.client().channel
    for name in ("dispatch", "out"):
        channel.queue_declare(name, durable=True)
    taken: list[LocalDelivery] = []
    consumer = vhost.subscribe("dispatch", taken.append, prefetch=10)
    persistent = encode_properties(Properties(delivery_mode=2))
    vhost.publish("", "dispatch", b"passed on", persistent)
    vhost.publish("", "dispatch", b"not yet", persistent)
    bench.commit()
    vhost.publish("", "out", taken[0].message.body, persistent)
    consumer.ack(taken[0])
    batch = bench.store.batch
    assert (len(batch.added), len(batch.removed)) == (1, 1)
    bench.commit()
    bench.kill()
    bench = DurableBench(tmp_path)
    assert contents(bench, "dispatch") == [(b"not yet", True)]
    assert contents(bench, "out") == [(b"passed on", True)]
    bench.stop()


def test_what_came_and_went_is_not_written(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = publisher(bench)
    client.publish("", "q", b"m", delivery_mode=2)
    assert client.get("q") == b"m"
    assert client.sink.said == []
    assert bench.store.cut() is None
    assert client.sink.said == [("ack", 1)]
    bench.stop()


def test_a_transaction_whose_messages_are_gone_holds_nothing(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    bench.commit()
    client.channel.tx_select()
    client.publish("", "q", b"m", delivery_mode=2)
    client.channel.tx_commit()
    assert client.get("q") == b"m"
    bench.commit()
    assert not bench.broker.holding_answers
    bench.stop()


def test_the_committer_confirms_and_leaves_everything_written(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        committer = Committer(bench.store, Supervision())
        committer.start()
        client = bench.client()
        client.channel.confirm_select()
        client.channel.queue_declare("q", durable=True)
        for _ in range(50):
            client.publish("", "q", b"m", delivery_mode=2)
            await asyncio.sleep(0)
        await until(lambda: len(client.sink.said) == 50)
        client.publish("", "q", b"last", delivery_mode=2)
        await committer.safe()
        assert bench.store.batch.empty
        await committer.safe()
        await committer.stop()
        await committer.stop()

    asyncio.run(scenario())
    again = DurableBench(tmp_path)
    assert [mark for _, mark in contents(again, "q")] == [False] * 51
    again.stop()


def test_a_full_disk_makes_publishers_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hubemu.broker.store.committer._RETRY_SECONDS", 0.01)

    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        client = publisher(bench)
        commit, failures = bench.store.file.commit, [1, 2, 3]
        alarms = bench.broker.alarms

        def full() -> None:
            if failures:
                failures.pop()
                raise sqlite3.OperationalError("database or disk is full")
            commit()

        monkeypatch.setattr(bench.store.file, "commit", full)
        committer = Committer(bench.store, Supervision(), alarms.disk)
        committer.start()
        client.publish("", "q", b"m", delivery_mode=2)
        await until(lambda: failures == [1])
        assert client.sink.said == []
        assert committer.trouble is not None
        assert "database or disk is full" in committer.trouble
        assert alarms.reasons == ("low on disk",)
        await until(lambda: client.sink.said == [("ack", 1)])
        assert committer.trouble is None
        assert alarms.reasons == ()
        await committer.stop()

    asyncio.run(scenario())
    assert "disk is full" in caplog.text
    again = DurableBench(tmp_path)
    assert contents(again, "q") == [(b"m", False)]
    again.stop()


def test_while_nobody_waits_what_comes_and_goes_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubemu.broker.store.patience._PATIENCE_SECONDS", 3600)

    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        client = publisher(bench)
        silent = bench.client()
        commits: list[int] = []
        commit = bench.store.file.commit

        def counted() -> None:
            commits.append(1)
            commit()

        monkeypatch.setattr(bench.store.file, "commit", counted)
        committer = Committer(bench.store, Supervision())
        committer.start()
        for _ in range(20):
            silent.publish("", "q", b"m", delivery_mode=2)
            await asyncio.sleep(0)
            assert silent.get("q") == b"m"
        assert commits == []
        client.publish("", "q", b"awaited", delivery_mode=2)
        await until(lambda: client.sink.said == [("ack", 1)])
        assert commits == [1]
        silent.publish("", "q", b"last", delivery_mode=2)
        await committer.stop()

    asyncio.run(scenario())
    again = DurableBench(tmp_path)
    assert contents(again, "q") == [(b"awaited", False), (b"last", False)]
    again.stop()


def test_what_no_database_raises_does_not_end_the_committer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hubemu.broker.store.committer._RETRY_SECONDS", 0.01)

    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        client = publisher(bench)
        write, failures = bench.store.file.write, [OverflowError("too large"), ValueError("odd")]

        def failing(batch: Batch) -> None:
            if failures:
                raise failures.pop()
            write(batch)

        monkeypatch.setattr(bench.store.file, "write", failing)
        committer = Committer(bench.store, Supervision())
        committer.start()
        client.publish("", "q", b"m", delivery_mode=2)
        await until(lambda: client.sink.said == [("ack", 1)])
        await committer.stop()

    asyncio.run(scenario())
    assert "too large" in caplog.text
    assert "odd" in caplog.text


def test_a_publisher_that_cannot_be_told_keeps_no_other_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench = DurableBench(tmp_path)
    bad, good = publisher(bench), publisher(bench)

    def broken(*_: object) -> None:
        raise RuntimeError("session is gone")

    monkeypatch.setattr(bad.sink, "confirm", broken)
    for client in (bad, good):
        client.publish("", "q", b"m", delivery_mode=2)
    bench.commit()
    assert good.sink.said == [("ack", 1)]
    assert "session is gone" in caplog.text
    bench.stop()


def test_a_committer_that_is_given_up_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        bench = DurableBench(tmp_path)
        watched = Supervision()
        committer = Committer(bench.store, watched)

        def broken() -> None:
            raise RuntimeError("nothing is cut")

        monkeypatch.setattr(bench.store, "cut", broken)
        monkeypatch.setattr(supervision, "FIRST_WAIT", 0.0)
        committer.start()
        await until(lambda: bool(watched.troubles()))
        (trouble,) = watched.troubles()
        assert trouble.why == "RuntimeError: nothing is cut"
        bench.kill()

    asyncio.run(scenario())
    assert "nothing is cut" in caplog.text
