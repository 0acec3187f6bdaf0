"""A link whose broker does not confirm: it is given up, so that nothing waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hubemu.broker.wire.hot import ACK
from hubemu.broker.wire.properties import NO_PROPERTIES
from hubemu.dispatcher.amqp import Settlement
from hubemu.dispatcher.amqp.frames import CHANNEL
from hubemu.dispatcher.amqp.link import Link

LATE = "the broker did not confirm a publication within 60 s"


def with_link(test: Callable[[Link, list[Settlement]], Awaitable[None]]) -> None:
    async def scenario() -> None:
        link, settled = Link(), list[Settlement]()
        link.publish("x", "k", b"1", NO_PROPERTIES, mandatory=True, settled=settled.append)
        await test(link, settled)

    asyncio.run(scenario())


def now() -> float:
    return asyncio.get_running_loop().time()


def confirm(link: Link, tag: int) -> None:
    link.came(1, CHANNEL, ACK + tag.to_bytes(8) + b"\0")


def test_a_confirm_may_take_its_time_but_not_all_of_it() -> None:
    async def test(link: Link, settled: list[Settlement]) -> None:
        assert link.overdue(now() + 59) is None
        assert link.overdue(now() + 61) == LATE
        confirm(link, 1)
        assert settled == [Settlement.ACCEPTED]
        assert link.overdue(now() + 61) is None

    with_link(test)


def test_the_oldest_publication_counts() -> None:
    async def test(link: Link, settled: list[Settlement]) -> None:
        began = now()
        link.publish("x", "k", b"2", NO_PROPERTIES, mandatory=True, settled=settled.append)
        confirm(link, 2)
        assert link.unconfirmed == 1
        assert link.overdue(began + 61) == LATE

    with_link(test)


def test_a_broker_that_says_it_is_blocked_is_waited_for() -> None:
    async def test(link: Link, settled: list[Settlement]) -> None:
        link.blocked = "low on memory"
        assert link.overdue(now() + 3600) is None

    with_link(test)


def test_the_link_is_given_up_when_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(link: Link, settled: list[Settlement]) -> None:
        link._heartbeat(30)
        assert not link.closed.done()
        monkeypatch.setattr("hubemu.dispatcher.amqp.link._CONFIRM_SECONDS", 0.0)
        link._heartbeat(30)
        assert str(link.closed.result()) == "the broker did not confirm a publication within 0 s"
        assert settled == []
        assert link.unconfirmed == 0

    with_link(test)
