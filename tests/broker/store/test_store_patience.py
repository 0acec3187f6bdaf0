"""What is acknowledged in time needs no disk: how long an awaited batch is held back for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from hubemu.broker.store import Committer
from hubemu.broker.store.batch import Batch
from hubemu.broker.store.patience import Patience
from hubemu.supervision import Supervision
from tests.support.core_broker import Client
from tests.support.durable_broker import DurableBench, contents
from tests.support.waiting import until

_TIMES = "hubemu.broker.store.patience"


class Committed:
    """A committer on a broker, the queue `q`, a publisher with confirms, and counted commits."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench = bench = DurableBench(folder)
        self.publisher = bench.client()
        self.publisher.channel.confirm_select()
        self.publisher.channel.queue_declare("q", durable=True)
        bench.commit()
        self.consumer: Client = bench.client()
        self.commits: list[int] = []
        commit = bench.store.file.commit

        def counted() -> None:
            self.commits.append(1)
            commit()

        monkeypatch.setattr(bench.store.file, "commit", counted)

    def publish(self) -> None:
        self.publisher.publish("", "q", b"m", delivery_mode=2)

    async def confirmed(self, count: int) -> None:
        await until(lambda: self.publisher.sink.said == [("ack", n + 1) for n in range(count)])

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        committer = Committer(self.bench.store, Supervision())
        committer.start()
        yield
        await committer.stop()


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Committed:
    for name in ("_SILENCE_SECONDS", "_AWAITED_SECONDS"):
        monkeypatch.setattr(f"{_TIMES}.{name}", 3600)
    return Committed(tmp_path, monkeypatch)


def test_what_consumers_acknowledge_in_time_is_confirmed_without_a_commit(
    committed: Committed,
) -> None:
    async def scenario() -> None:
        async with committed.up():
            committed.consumer.consume("q")
            for _ in range(3):
                committed.publish()
            await asyncio.sleep(0)
            committed.consumer.channel.ack(1)
            committed.consumer.channel.ack(2)
            for _ in range(20):
                await asyncio.sleep(0)
            assert committed.publisher.sink.said == []
            committed.consumer.channel.ack(3)
            await committed.confirmed(3)
            assert committed.commits == []

    asyncio.run(scenario())


def test_a_message_that_nobody_consumes_is_written_at_once(
    committed: Committed, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with committed.up():
            committed.publisher.channel.queue_declare("other", durable=True)
            committed.consumer.consume("other")
            committed.publish()
            committed.publisher.publish("", "other", b"held", delivery_mode=2)
            await committed.confirmed(2)

    asyncio.run(scenario())
    again = DurableBench(tmp_path)
    assert contents(again, "q") == [(b"m", False)]
    again.stop()


def test_who_waits_for_a_change_of_what_exists_does_not_wait_for_consumers(
    committed: Committed,
) -> None:
    async def scenario() -> None:
        async with committed.up():
            committed.consumer.consume("q")
            committed.publish()
            for _ in range(20):
                await asyncio.sleep(0)
            assert committed.publisher.sink.said == []
            committed.publisher.channel.queue_declare("other", durable=True)
            assert committed.bench.broker.holding_answers
            await committed.confirmed(1)
            assert committed.commits
            assert not committed.bench.broker.holding_answers

    asyncio.run(scenario())


def test_consumers_that_do_not_acknowledge_are_not_waited_for(
    committed: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{_TIMES}._SILENCE_SECONDS", 0.001)

    async def scenario() -> None:
        async with committed.up():
            committed.consumer.consume("q")
            for count in range(1, 6):
                committed.publish()
                await committed.confirmed(count)
            assert len(committed.commits) == 5

    asyncio.run(scenario())


def test_where_waiting_gained_nothing_it_is_tried_ever_more_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{_TIMES}._SILENCE_SECONDS", 0)
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    client.consume("q")
    bench.commit()
    patience = Patience()
    tried: list[int] = []

    async def noted(batch: Batch) -> None:
        tried.append(batch.spared)

    monkeypatch.setattr(patience, "_while_acknowledged", noted)

    async def held_back(*, spared: int) -> bool:
        """Whether one more batch is, of which so many messages go while one stays."""
        tried.clear()
        client.publish("", "q", b"m", delivery_mode=2)
        bench.store.promise(Deaf(), 0, True)
        bench.store.batch.spared = spared
        await patience.with_(bench.store.batch)
        bench.commit()
        return bool(tried)

    async def scenario() -> None:
        found = [await held_back(spared=0) for _ in range(300)]
        trials = [number for number, was_tried in enumerate(found) if was_tried]
        gaps = [later - earlier for earlier, later in pairwise(trials)]
        assert gaps == [2, 4, 8, 16, 32, 64, 65, 65]
        while not await held_back(spared=5):
            pass
        assert await held_back(spared=5)

    asyncio.run(scenario())
    bench.stop()


class Deaf:
    """A publisher that waits, and hears nothing."""

    def confirm(self, tag: int, accepted: bool) -> None:
        """See `Publisher`."""
