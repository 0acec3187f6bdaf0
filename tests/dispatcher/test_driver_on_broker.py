"""The dispatcher on the embedded broker: from a client's publish to what becomes of the message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from hubemu.broker.core import Broker, LocalDelivery
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher import Metrics
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.embedded import EmbeddedFeed
from hubemu.journal.journal import Journal
from hubemu.properties import Properties
from hubemu.routing import load_routing
from hubemu.settings import Environment, QueueType
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH, HUB_EXCHANGE, build_topology
from tests.support.dispatching import A, C, a_case, a_message, context, now, persistent
from tests.support.messages import as_bytes

TTL = 86_400


class Hub:
    """Broker, dispatcher and journal of a Hub, without sockets."""

    def __init__(self, vhost: str = "15-15_v2.0", converter: Any = None) -> None:
        self.clock = Clock(now)
        self.journal = Journal(self.clock)
        self.broker = Broker(self.clock, observer=self.journal)
        self.broker.apply(
            build_topology(load_routing(), Environment.SANDBOX, TTL, queue_type=QueueType.QUORUM)
        )
        self.vhost = self.broker.vhosts[vhost]
        self.dispatcher = Dispatcher(
            {vhost: context(vhost)},
            EmbeddedFeed(self.broker),
            journal=self.journal,
            metrics=Metrics(),
            clock=self.clock,
            converter=converter,
            supervision=Supervision(),
        )

    def send(
        self, message: dict[str, Any] | bytes, key: str = A, properties: Properties | None = None
    ) -> None:
        """Publish as a client."""
        body = message if isinstance(message, bytes) else as_bytes(message)
        header = encode_properties(properties or persistent())
        assert self.vhost.publish(HUB_EXCHANGE, key, body, header)

    def advance(self, seconds: float) -> None:
        """Move the clock; what is due expires."""
        self.clock.advance(seconds)
        self.broker.expire()

    def ready(self, queue: str) -> int:
        return self.vhost.depths()[queue].ready

    def take(self, queue: str, settle: str = "ack") -> list[Any]:
        """Consume what waits in a queue: the bodies, as JSON."""
        got: list[LocalDelivery] = []
        consumer = self.vhost.subscribe(queue, got.append, prefetch=100, user="reader")
        taken = list(got)
        for one in taken:
            consumer.ack(one) if settle == "ack" else consumer.reject(one, requeue=False)
        consumer.cancel()
        return [orjson.loads(one.message.body) for one in taken]

    def only(self) -> Any:
        """The only entry of the journal."""
        (entry,) = self.journal.select().entries
        return entry


async def settled(hub: Hub) -> None:
    """Let the dispatcher finish what it has."""
    for _ in range(10):
        await asyncio.sleep(0)
    assert hub.dispatcher.health()["inFlight"] == 0


def played(play: Callable[[Hub], Awaitable[None]], hub: Hub | None = None) -> None:
    async def run() -> None:
        scene = hub or Hub()
        scene.dispatcher.start()
        await play(scene)
        await scene.dispatcher.stop()

    asyncio.run(run())


def error_of(report: Any) -> tuple[int, str]:
    error = report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["error"]
    return error["errorCode"]["statusCode"], error["errorCause"]


def test_a_message_is_routed_delivered_and_acknowledged() -> None:
    async def play(hub: Hub) -> None:
        message = a_message()
        hub.send(message)
        await settled(hub)
        assert hub.only().outcome == "routed"
        assert hub.take(f"{C}.message") == [message]
        assert hub.only().outcome == "acknowledged"
        assert [step for step, _, _ in hub.only().trace][-3:] == [
            "published",
            "delivered",
            "acknowledged",
        ]
        assert hub.ready(DISPATCH) == 0

    played(play)


def test_a_recipient_who_waits_gets_it_at_once() -> None:
    async def play(hub: Hub) -> None:
        hub.vhost.subscribe(f"{C}.message", lambda _: None, prefetch=1)
        hub.send(a_message())
        await settled(hub)
        assert hub.only().outcome == "delivered"
        assert [step for step, _, _ in hub.only().trace][-2:] == ["published", "delivered"]

    played(play)


def test_a_refusal_is_read_in_info_and_told_in_the_trace() -> None:
    async def play(hub: Hub) -> None:
        hub.send(a_message(A, "fr.health.nobody"))
        await settled(hub)
        (report,) = hub.take(f"{A}.info")
        assert error_of(report) == (
            501,
            "unable do deliver message to fr.health.nobody.message, cause was NO_ROUTE (312)",
        )
        assert hub.only().outcome == "rejected"
        assert [step for step, _, _ in hub.only().trace][-4:] == [
            "rejected",
            "error report sent",
            "error report delivered",
            "error report acknowledged",
        ]

    played(play)


def test_a_rejected_message_comes_back_as_a_report() -> None:
    async def play(hub: Hub) -> None:
        message = a_message()
        hub.send(message)
        await settled(hub)
        hub.take(f"{C}.message", "reject")
        await settled(hub)
        (report,) = hub.take(f"{A}.info")
        assert error_of(report) == (
            500,
            f"Message {message['distributionID']} has been read from dead-letter-queue; "
            "reason was rejected",
        )
        assert hub.only().outcome == "dead-lettered"
        assert hub.ready(DEAD_LETTERS) == 0

    played(play)


def test_time_to_live_of_message_and_queue() -> None:
    async def play(hub: Hub) -> None:
        hub.send(a_message(expires_in=60))
        hub.send(a_message())
        await settled(hub)
        hub.advance(61)
        await settled(hub)
        assert [error_of(one)[0] for one in hub.take(f"{A}.info")] == [500]
        hub.advance(TTL)
        await settled(hub)
        assert [error_of(one)[0] for one in hub.take(f"{A}.info")] == [500]
        assert [entry.outcome for entry in hub.journal.select().entries] == ["dead-lettered"] * 2

    played(play)


def test_a_report_that_nobody_reads_ends_silently() -> None:
    async def play(hub: Hub) -> None:
        hub.send(a_message(), properties=persistent(delivery_mode=1))
        await settled(hub)
        hub.advance(TTL + 1)
        await settled(hub)
        assert hub.ready(f"{A}.info") == 0
        assert hub.ready(DEAD_LETTERS) == 0
        assert hub.only().outcome == "rejected"
        assert hub.only().trace[-1][0] == "dead letter dropped"

    played(play)


def test_a_purged_message_is_dropped() -> None:
    async def play(hub: Hub) -> None:
        hub.send(a_message())
        await settled(hub)
        hub.broker.purge()
        assert hub.only().outcome == "dropped"

    played(play)


def test_more_messages_than_one_turn_or_the_prefetch_hold() -> None:
    async def play(hub: Hub) -> None:
        for number in range(600):
            hub.send(a_message(distributionID=f"{A}_{number}"))
        while hub.ready(DISPATCH) or hub.dispatcher.health()["inFlight"]:
            await asyncio.sleep(0)
        received = [one["distributionID"] for one in hub.take(f"{C}.message")]
        assert received == [f"{A}_{number}" for number in range(100)]
        assert len(hub.journal) == 600

    played(play)


def test_stopped_during_a_conversion_the_message_stays_in_dispatch() -> None:
    class Silent:
        async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
            # Never returns.
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

        async def close(self) -> None:
            """Nothing to let go of."""

    async def play(hub: Hub) -> None:
        hub.send(a_case())
        hub.send(a_message())
        for _ in range(5):
            await asyncio.sleep(0)
        assert hub.dispatcher.health()["inFlight"] == 2
        await hub.dispatcher.stop()
        assert hub.ready(DISPATCH) == 2
        assert len(hub.journal) == 0

    played(play, Hub("15-nexsis_v1.9.1", Silent()))
