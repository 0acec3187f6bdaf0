"""The dispatcher over AMQP, on a broker that loses its connections at bad moments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from hubemu.amqp import Address, LinkError, open_link
from hubemu.broker.core import LocalDelivery, SilentObserver
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher import Metrics
from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.amqp.redelivery import REDELIVERED
from hubemu.dispatcher.driver import Dispatcher
from hubemu.engines.embedded import EmbeddedEngine
from hubemu.journal.journal import Journal
from hubemu.pki import IdentityRequest, Pki, ensure_pki
from hubemu.properties import Properties
from hubemu.routing import load_routing
from hubemu.settings import Environment, Phase, QueueType
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH, HUB_EXCHANGE, build_topology
from tests.support.connection_log import silent_log
from tests.support.dispatching import A, C, a_message, context, now, persistent
from tests.support.messages import as_bytes
from tests.support.waiting import PATIENCE, until

VHOST = "15-15_v2.0"

Test = Callable[["Beside"], Awaitable[None]]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    client = IdentityRequest(A, A, "samua.test.hubemu.example")
    return ensure_pki(
        tmp_path_factory.mktemp("home") / "certs",
        environment=Environment.SANDBOX,
        clients=[client],
        sans=(),
        now=datetime.now(UTC),
    )


class Beside:
    """A broker that listens, and the dispatcher beside it."""

    def __init__(self, pki: Pki) -> None:
        self._pki = pki
        self.clock = Clock(now)
        self.journal = Journal(self.clock)
        topology = build_topology(
            load_routing(), Environment.SANDBOX, 60, queue_type=QueueType.CLASSIC
        )
        supervision = Supervision()
        self.engine = EmbeddedEngine(
            topology, pki, Clock(), SilentObserver(), silent_log(), supervision
        )
        self.vhost = self.engine.broker.vhosts[VHOST]
        self.port = 0
        self.feed = AmqpFeed(
            {VHOST: (DISPATCH, DEAD_LETTERS)},
            lambda: [self.address()],
            self.journal,
            Supervision(),
            random=Random(0),
        )
        self.dispatcher = Dispatcher(
            {VHOST: context(VHOST)},
            self.feed,
            journal=self.journal,
            metrics=Metrics(),
            clock=self.clock,
            supervision=supervision,
        )

    def address(self) -> Address:
        return Address("127.0.0.1", self.port, self._pki.dispatcher_context(Phase.IGC))

    async def start(self) -> None:
        self.port = await self.engine.start("127.0.0.1", self.port, Phase.IGC)

    def send(self, message: dict[str, Any], properties: Properties | None = None) -> str:
        body = as_bytes(message)
        header = encode_properties(persistent() if properties is None else properties)
        assert self.vhost.publish(HUB_EXCHANGE, A, body, header)
        return str(message["distributionID"])

    async def take(self, queue: str, count: int) -> list[Any]:
        """The bodies of so many messages, acknowledged, in the order they come."""
        got: list[LocalDelivery] = []
        consumer = self.vhost.subscribe(queue, got.append, prefetch=10_000)
        await until(lambda: len(got) >= count)
        for delivery in got:
            consumer.ack(delivery)
        consumer.cancel()
        return [orjson.loads(delivery.message.body) for delivery in got]

    async def copies(self) -> list[tuple[str, bool]]:
        """What waits for C, in its order: distributionID, and whether it bears the mark."""
        waiting = self.vhost.depths()[f"{C}.message"].ready
        got: list[LocalDelivery] = []
        self.vhost.subscribe(f"{C}.message", got.append, prefetch=10_000)
        await until(lambda: len(got) >= waiting)
        return [
            (
                orjson.loads(one.message.body)["distributionID"],
                REDELIVERED in (one.message.properties.headers or {}),
            )
            for one in got
        ]


@asynccontextmanager
async def beside(pki: Pki) -> AsyncIterator[Beside]:
    both = Beside(pki)
    await both.start()
    both.dispatcher.start()
    try:
        async with asyncio.timeout(PATIENCE):
            await both.feed.consuming()
        yield both
    finally:
        await both.dispatcher.stop()
        await both.engine.stop()


@pytest.fixture
def run(pki: Pki) -> Callable[[Test], None]:
    """Run a test with broker and dispatcher in one event loop."""

    def play(test: Test) -> None:
        async def whole() -> None:
            async with beside(pki) as both:
                await test(both)

        asyncio.run(whole())

    return play


def test_messages_go_on_in_their_order(run: Callable[[Test], None]) -> None:
    async def test(hub: Beside) -> None:
        sent = [hub.send(a_message()) for _ in range(300)]
        came = await hub.take(f"{C}.message", 300)
        assert [one["distributionID"] for one in came] == sent
        await until(lambda: hub.vhost.depths()[DISPATCH].unacked == 0)
        rows = hub.journal.select().entries
        assert {row.outcome for row in rows} == {"routed"}

    run(test)


def test_a_returned_message_is_reported_once(run: Callable[[Test], None]) -> None:
    async def test(hub: Beside) -> None:
        hub.send(a_message(recipient="fr.health.nobody"))
        [report] = await hub.take(f"{A}.info", 1)
        assert b"501" in orjson.dumps(report)
        [row] = hub.journal.select().entries
        assert row.outcome == "rejected"

    run(test)


def test_the_id_that_was_expected_is_given(run: Callable[[Test], None]) -> None:
    async def test(hub: Beside) -> None:
        message = a_message()
        hub.feed.expect(VHOST, A, as_bytes(message), "mine")
        hub.send(message)
        await hub.take(f"{C}.message", 1)
        await until(lambda: hub.journal.get("mine") is not None)

    run(test)


def test_a_user_id_of_somebody_else_does_not_end_the_channel(run: Callable[[Test], None]) -> None:
    async def test(hub: Beside) -> None:
        properties = Properties(
            content_type="application/json", delivery_mode=2, user_id="samua.test.hubemu.example"
        )
        hub.send(a_message(), properties)
        await hub.take(f"{C}.message", 1)
        assert hub.dispatcher.running

    run(test)


def test_properties_that_cannot_be_decoded_are_refused_like_any_other(
    run: Callable[[Test], None],
) -> None:
    async def test(hub: Beside) -> None:
        hub.send(a_message(), Properties())
        [report] = await hub.take(f"{A}.info", 1)
        assert b"101" in orjson.dumps(report)

    run(test)


def test_nothing_is_lost_when_connections_break(run: Callable[[Test], None]) -> None:
    async def test(hub: Beside) -> None:
        sent = []
        for number in range(400):
            sent.append(hub.send(a_message()))
            if number % 50 == 49:
                await asyncio.sleep(0.01)
                await hub.engine.set_phase(Phase.IGC, disconnect=True)
                await until(lambda: hub.dispatcher.running)
        await until(lambda: hub.vhost.depths()[DISPATCH] == (0, 0, 1))
        copies = await hub.copies()
        assert {one for one, _ in copies} == set(sent)
        unmarked = [one for one, mark in copies if not mark]
        assert len(unmarked) == len(set(unmarked)), "a second copy without its mark"
        rows = hub.journal.select().entries
        assert {row.distribution_id for row in rows} == set(sent)

    run(test)


def test_the_broker_comes_back(run: Callable[[Test], None]) -> None:
    async def test(hub: Beside) -> None:
        await hub.engine.stop()
        await until(lambda: not hub.dispatcher.running)
        assert hub.dispatcher.health()["links"]
        hub.send(a_message())
        await hub.start()
        await hub.take(f"{C}.message", 1)
        await until(lambda: hub.dispatcher.health()["links"] == {})

    run(test)


@pytest.mark.parametrize(
    ("vhost", "code", "words"),
    [("nowhere", 530, "vhost nowhere not found")],
)
def test_a_refused_link_says_why(pki: Pki, vhost: str, code: int, words: str) -> None:
    async def test() -> None:
        async with beside(pki) as hub:
            with pytest.raises(LinkError, match=words) as refused:
                await open_link(hub.address(), vhost)
            assert refused.value.code == code

    asyncio.run(test())


def test_nobody_there_is_told(pki: Pki, tmp_path: Path) -> None:
    async def test() -> None:
        hub = Beside(pki)
        hub.port = 1
        with pytest.raises(LinkError, match=r"127\.0\.0\.1:1"):
            await open_link(hub.address(), VHOST)

    asyncio.run(test())
