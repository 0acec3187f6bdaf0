"""Rules in a dispatcher on the embedded broker, without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hubemu.broker.core import Broker
from hubemu.broker.wire.properties import content_type, encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher import ErrorCode, Metrics
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.embedded import EmbeddedFeed
from hubemu.faults.account import MessageAccount
from hubemu.faults.book import RuleBook
from hubemu.faults.dispatch.effects import DispatchEffects
from hubemu.faults.reading import read_rule
from hubemu.journal import Entry
from hubemu.journal.journal import Journal
from hubemu.journal.query import Filters
from hubemu.routing import load_routing
from hubemu.settings import Environment, QueueType
from hubemu.supervision import Supervision
from hubemu.topology import HUB_EXCHANGE, build_topology
from tests.support.dispatching import NOW, A, B, C, a_message, context, persistent
from tests.support.messages import as_bytes

VHOST = "15-15_v2.0"
HEADER = encode_properties(persistent())


class Bench:
    """A broker, its dispatcher with rules, and who reads what arrives."""

    def __init__(self, vhost: str = VHOST) -> None:
        self.vhost = vhost
        clock = Clock(lambda: NOW)
        self.account = MessageAccount()
        self.journal = Journal(clock, on_outcome=self.account.told, max_messages=20_000)
        self.broker = Broker(clock, observer=self.journal)
        self.broker.apply(
            build_topology(load_routing(), Environment.SANDBOX, 86_400, queue_type=QueueType.QUORUM)
        )
        contexts = {vhost: context(vhost)}
        effects = DispatchEffects(contexts, clock, None, self.journal.note)
        self.book = RuleBook(clock, 1, self.account.struck)
        self.book.install(("dispatch", "converter"), effects)
        self.dispatcher = Dispatcher(
            contexts,
            EmbeddedFeed(self.broker),
            journal=self.journal,
            metrics=Metrics(),
            clock=clock,
            supervision=Supervision(),
            converter=effects.converter,
            interposer=effects,
            unique=lambda _vhost: "unique",
        )
        self.arrived: list[tuple[str, bytes, bytes]] = []

    def read(self, queue: str) -> None:
        """Take and acknowledge all that comes into a queue."""

        def took(one: Any) -> None:
            message = one.message
            self.arrived.append((queue, message.body, message.header))
            consumer.ack(one)

        consumer = self.broker.vhosts[self.vhost].subscribe(queue, took, prefetch=10)

    def send(self, body: bytes, sender: str = A) -> None:
        """As a client publishes."""
        self.broker.vhosts[self.vhost].publish(HUB_EXCHANGE, sender, body, HEADER)

    async def rule(self, effect: str, **given: Any) -> str:
        """Add a rule; its id."""
        return (await self.book.add(read_rule({"effect": effect, **given}))).id

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the dispatcher work."""
        async with asyncio.timeout(60):
            while not holds():
                await asyncio.sleep(0)

    def entry(self, number: int) -> Entry:
        """The journal's n-th message."""
        return self.journal.select().entries[number]


def on_a_bench(play: Callable[[Bench], Awaitable[None]], vhost: str = VHOST) -> None:
    async def scenario() -> None:
        bench = Bench(vhost)
        bench.dispatcher.start()
        try:
            await play(bench)
        finally:
            await bench.book.clear()
            await bench.dispatcher.stop()

    asyncio.run(scenario())


def test_rules_that_do_not_strike_change_no_byte_of_10_000_messages() -> None:
    bodies = [as_bytes(a_message(A, (B, C)[number % 2])) for number in range(10_000)]

    def played(*rules: dict[str, Any]) -> list[tuple[str, bytes, bytes]]:
        arrived: list[tuple[str, bytes, bytes]] = []

        async def play(bench: Bench) -> None:
            for client in (B, C):
                bench.read(f"{client}.message")
            for rule in rules:
                await bench.rule(**rule)
            for body in bodies:
                bench.send(body)
            await bench.until(lambda: len(bench.arrived) == len(bodies))
            arrived.extend(bench.arrived)

        on_a_bench(play)
        return arrived

    effects: dict[str, dict[str, Any]] = {
        "drop": {},
        "delay": {"ms": 1},
        "corrupt": {"how": "garble"},
        "duplicate": {},
        "reorder": {},
    }
    never = [
        {"effect": effect, "parameters": given, "probability": 0}
        for effect, given in effects.items()
    ]
    nobody = {"recipient": "fr.health.nobody"}
    nothing = [{**rule, "probability": 1, "match": nobody} for rule in never]
    assert played(*never, *nothing) == played()


@pytest.mark.parametrize("code", [600, 704])
@pytest.mark.parametrize("vhost", ["15-15_v1.5", "15-15_v2.0", "15-15_v2.1"])
@pytest.mark.parametrize("sender", [A, B])  # B is told in XML
def test_any_code_reaches_its_sender_on_every_release(vhost: str, sender: str, code: int) -> None:
    async def play(bench: Bench) -> None:
        bench.read(f"{sender}.info")
        await bench.rule("reject", parameters={"code": code, "cause": "because"})
        bench.send(as_bytes(a_message(sender)), sender)
        await bench.until(lambda: len(bench.arrived) == 1)
        ((_, body, _),) = bench.arrived
        for told in (str(code), ErrorCode(code).name, "because"):
            assert told.encode() in body

    on_a_bench(play, vhost)


def test_several_effects_strike_one_message_in_their_order() -> None:
    async def play(bench: Bench) -> None:
        bench.read(f"{B}.message")
        await bench.rule("content-type", parameters={"value": "text/plain"})
        await bench.rule("corrupt", parameters={"how": "truncate"})
        await bench.rule("corrupt", parameters={"how": "schema"})
        await bench.rule("duplicate")
        await bench.rule("misroute", parameters={"to": B})
        bench.send(as_bytes(a_message(A, C)))
        await bench.until(lambda: len(bench.arrived) == 2)
        (_, body, header), second = bench.arrived
        assert second[1:] == (body, header)
        assert body.startswith(b"{")
        assert content_type(header) == "text/plain"

    on_a_bench(play)


def held(bench: Bench) -> list[str]:
    """What the trace of the only message says of the rules, while it is held."""
    [entry] = bench.journal.select(Filters(outcome="held")).entries
    return [detail for step, _, detail in entry.trace if step == "fault"]


def test_two_holds_and_an_end_come_one_after_the_other() -> None:
    async def play(bench: Bench) -> None:
        first = await bench.rule("pause", name="one")
        second = await bench.rule("pause", name="two")
        await bench.rule("reject", name="end", parameters={"code": 700})
        bench.send(as_bytes(a_message()))
        strikes = bench.book.shown
        await bench.until(lambda: strikes(first)["strikes"] == 1)
        assert held(bench) == ["held by fault one"]
        await bench.book.remove(first)
        await bench.until(lambda: len(held(bench)) == 2)
        assert [one.rpartition(" by ")[2] for one in held(bench)] == ["fault one", "fault two"]
        await bench.book.remove(second)
        await bench.until(lambda: bench.entry(0).outcome == "rejected")
        assert bench.journal.taken == 1
        told = [detail for step, _, detail in bench.entry(0).trace if step == "fault"]
        assert [one.rpartition(" by ")[2] for one in told] == [
            "fault one",
            "fault two",
            "fault end",
        ]
        assert bench.entry(0).error == (700, "INTERNAL_CLIENT_ERROR")

    on_a_bench(play)


def test_what_is_held_comes_again_when_the_dispatcher_starts_again() -> None:
    async def play(bench: Bench) -> None:
        bench.read(f"{C}.message")
        rule = await bench.rule("pause")
        for number in range(3):
            bench.send(as_bytes(a_message(distributionID=f"{A}_{number}")))
        await bench.until(lambda: bench.book.shown(rule)["strikes"] == 3)
        await bench.dispatcher.stop()
        depth = bench.broker.vhosts[VHOST].depths()["dispatch"]
        assert (depth.ready, depth.unacked) == (3, 0)
        await bench.book.clear()
        assert bench.arrived == []
        bench.dispatcher.start()
        await bench.until(lambda: len(bench.arrived) == 3)
        ids = [f"{A}_{number}".encode() for number in range(3)]
        assert all(one in body for one, (_, body, _) in zip(ids, bench.arrived, strict=True))

    on_a_bench(play)


def test_the_report_counts_each_message_once() -> None:
    async def play(bench: Bench) -> None:
        bench.read(f"{C}.message")
        bench.read(f"{A}.info")
        await bench.rule("drop", match={"recipient": B}, times=1)
        await bench.rule("duplicate", match={"recipient": C}, parameters={"copies": 3})
        await bench.rule("dead-letter", match={"recipient": A})
        for recipient in (B, C, A):
            bench.send(as_bytes(a_message(A, recipient)))
        bench.send(b"{")
        await bench.until(lambda: len(bench.arrived) == 6)
        report = bench.account.report(bench.journal.taken, ready=0, in_flight=0)
        assert report == {
            "sent": 4,
            "confirmed": 4,
            "waiting": 0,
            "routed": 1,
            "rejected": 1,
            "delivered": 1,
            "acknowledged": 1,
            "deadLettered": 1,
            "duplicated": 3,
            "dropped": 1,
            "reportsLost": 0,
            "lost": 1,
        }

    on_a_bench(play)
