"""A link that breaks at the worst moment: what is published again, and how it is marked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from hubemu.amqp.link import Incoming
from hubemu.broker.wire.properties import encode_properties
from hubemu.broker.wire.properties import headers as table_of
from hubemu.clock import Clock
from hubemu.confirmation import Confirmation
from hubemu.dispatcher import HUB, Metrics
from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.amqp.redelivery import REDELIVERED
from hubemu.dispatcher.delivery import ORIGINAL_KEY
from hubemu.dispatcher.dispatch_log import DispatchLog
from hubemu.dispatcher.turns import Turns
from hubemu.dispatcher.vhost_dispatcher import Services, VHostDispatcher
from hubemu.journal.journal import Journal
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH
from tests.support.dispatching import A, C, a_message, context, now, persistent
from tests.support.messages import as_bytes

VHOST = "15-15_v2.0"
BODY = as_bytes(a_message())


class ScriptedLink:
    """A broker's side of a link: it delivers, and confirms when the test says so."""

    def __init__(self) -> None:
        self.takers: dict[str, Callable[[Incoming], None]] = {}
        self.published: list[tuple[str, bytes, Callable[[Confirmation], None]]] = []
        self.settled: list[tuple[str, int]] = []

    async def consume(self, queue: str, take: Callable[[Incoming], None], *, prefetch: int) -> None:
        self.takers[queue] = take

    def publish(self, exchange: str, key: str, body: bytes, header: bytes, **more: Any) -> None:
        self.published.append((key, header, more["settled"]))

    def ack(self, tag: int) -> None:
        self.settled.append(("ack", tag))

    def reject(self, tag: int, *, requeue: bool) -> None:
        self.settled.append(("requeue" if requeue else "drop", tag))

    async def deliver(
        self,
        tag: int,
        body: bytes = BODY,
        *,
        again: bool = False,
        queue: str = DISPATCH,
        headers: dict[str, Any] | None = None,
    ) -> None:
        header = encode_properties(persistent(headers=headers))
        self.takers[queue](Incoming(tag, again, A, header, body))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def confirm(self, settlement: Confirmation = Confirmation.ACCEPTED) -> None:
        """Settle the first publication that waits."""
        self.published.pop(0)[2](settlement)

    @property
    def marks(self) -> list[tuple[str, bool]]:
        """Of what was published and waits: to which queue, and whether it bears the mark."""
        return [
            (key, (table_of(header) or {}).get(REDELIVERED, False))
            for key, header, _ in self.published
        ]


class OneVHost:
    """The dispatcher of one; `link` opens the next link, the one before broken."""

    def __init__(self) -> None:
        clock = Clock(now)
        self.journal = Journal(clock)
        where = context(VHOST)
        ledger = DispatchLog(where, self.journal, Metrics())
        services = Services(
            clock, None, HUB, self.journal.new_id, lambda _vhost: "unique", Supervision()
        )
        turns = Turns(Supervision())
        turns.start()
        self.dispatcher = VHostDispatcher(where, ledger, services, turns.wake)
        self.feed = AmqpFeed(
            {VHOST: (DISPATCH, DEAD_LETTERS)}, list, self.journal, Supervision(), random=Random(0)
        )

    async def link(self) -> ScriptedLink:
        await self.dispatcher.detach()
        link = ScriptedLink()
        await self.feed.attach(link, self.dispatcher)  # type: ignore[arg-type]  # as it needs
        return link


Test = Callable[[OneVHost], Awaitable[None]]


def run(test: Test) -> None:
    async def whole() -> None:
        await test(OneVHost())

    asyncio.run(whole())


def test_a_first_copy_bears_no_mark() -> None:
    async def test(one: OneVHost) -> None:
        link = await one.link()
        await link.deliver(1)
        assert link.marks == [(f"{C}.message", False)]

    run(test)


@pytest.mark.parametrize("flagged", [True, False])
def test_a_second_copy_bears_the_mark_whatever_the_queue_counts(flagged: bool) -> None:
    """A quorum queue whose broker was killed does not say that it delivers again."""

    async def test(one: OneVHost) -> None:
        await (await one.link()).deliver(1)
        link = await one.link()
        await link.deliver(1, again=flagged)
        assert link.marks == [(f"{C}.message", True)]
        link.confirm()
        assert link.settled == [("ack", 1)]

    run(test)


def test_a_message_published_twice_is_one_entry_that_says_so() -> None:
    async def test(one: OneVHost) -> None:
        await (await one.link()).deliver(1)
        link = await one.link()
        await link.deliver(1, again=True)
        link.confirm()
        [entry] = one.journal.select().entries
        assert entry.trace[0][::2] == ("received", "redelivered")
        assert (table_of(entry.forwarded[0].header) or {})[REDELIVERED] is True
        assert entry.outcome == "routed"

    run(test)


def test_the_same_message_sent_anew_is_not_taken_for_one_that_was_done() -> None:
    async def test(one: OneVHost) -> None:
        link = await one.link()
        await link.deliver(1)
        link.confirm()
        link = await one.link()
        await link.deliver(1, again=True)
        assert link.marks == [(f"{C}.message", True)]

    run(test)


def test_what_other_headers_it_has_is_kept() -> None:
    async def test(one: OneVHost) -> None:
        link = await one.link()
        await link.deliver(1, again=True, headers={"k": "v"})
        kept = table_of(link.published[0][1]) or {}
        assert (kept["k"], kept[REDELIVERED]) == ("v", True)

    run(test)


def test_an_error_report_sent_again_bears_the_mark() -> None:
    async def test(one: OneVHost) -> None:
        link = await one.link()
        await link.deliver(1, b"no message")
        assert link.marks == [(f"{A}.info", False)]
        link = await one.link()
        await link.deliver(1, b"no message", again=True)
        assert link.marks == [(f"{A}.info", True)]
        link.confirm()
        assert link.settled == [("drop", 1)]
        [entry] = one.journal.select().entries
        assert entry.outcome == "rejected"

    run(test)


def test_the_report_of_a_dead_letter_sent_again_bears_the_mark() -> None:
    async def test(one: OneVHost) -> None:
        link = await one.link()
        died = {ORIGINAL_KEY: A, "x-first-death-queue": f"{C}.message"}
        await link.deliver(1, queue=DEAD_LETTERS, headers=died)
        await link.deliver(2, queue=DEAD_LETTERS, headers=died, again=True)
        assert [mark for _, mark in link.marks] == [False, True]

    run(test)


def test_what_the_broker_did_not_take_is_marked_when_it_comes_back() -> None:
    async def test(one: OneVHost) -> None:
        link = await one.link()
        await link.deliver(1)
        link.confirm(Confirmation.REFUSED)
        assert link.settled == []
        await link.deliver(2, again=True)
        assert link.marks == [(f"{C}.message", True)]
        assert len(one.journal.select().entries) == 1

    run(test)
