"""A link whose broker does not confirm: it is given up, so that nothing waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hubemu.amqp.frames import CHANNEL
from hubemu.amqp.link import Link
from hubemu.broker.wire.basic import ACK, NACK
from hubemu.broker.wire.properties import NO_PROPERTIES
from hubemu.confirmation import Confirmation

LATE = "the broker did not confirm a publication within 60 s"


def with_link(test: Callable[[Link, list[Confirmation]], Awaitable[None]]) -> None:
    async def scenario() -> None:
        link, settled = Link(), list[Confirmation]()
        link.publish("x", "k", b"1", NO_PROPERTIES, mandatory=True, settled=settled.append)
        await test(link, settled)

    asyncio.run(scenario())


def now() -> float:
    return asyncio.get_running_loop().time()


def confirm(link: Link, tag: int) -> None:
    link.came(1, CHANNEL, ACK + tag.to_bytes(8) + b"\0")


def refuse(link: Link, tag: int) -> None:
    link.came(1, CHANNEL, NACK + tag.to_bytes(8) + b"\0")


def test_a_confirm_may_take_its_time_but_not_all_of_it() -> None:
    async def test(link: Link, settled: list[Confirmation]) -> None:
        assert link.overdue(now() + 59) is None
        assert link.overdue(now() + 61) == LATE
        confirm(link, 1)
        assert settled == [Confirmation.ACCEPTED]
        assert link.overdue(now() + 61) is None

    with_link(test)


def test_the_oldest_publication_counts() -> None:
    async def test(link: Link, settled: list[Confirmation]) -> None:
        began = now()
        link.publish("x", "k", b"2", NO_PROPERTIES, mandatory=True, settled=settled.append)
        confirm(link, 2)
        assert link.unconfirmed == 1
        assert link.overdue(began + 61) == LATE

    with_link(test)


def test_a_broker_that_says_it_is_blocked_is_waited_for() -> None:
    async def test(link: Link, settled: list[Confirmation]) -> None:
        link.blocked = "low on memory"
        assert link.overdue(now() + 3600) is None

    with_link(test)


def test_the_link_is_given_up_when_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(link: Link, settled: list[Confirmation]) -> None:
        link._heartbeat(30)
        assert not link.closed.done()
        monkeypatch.setattr("hubemu.amqp.link._CONFIRM_SECONDS", 0.0)
        link._heartbeat(30)
        assert str(link.closed.result()) == "the broker did not confirm a publication within 0 s"
        assert settled == []
        assert link.unconfirmed == 0

    with_link(test)


def pass_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    later = now() + seconds
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: later)


def test_a_queue_that_refuses_at_once_keeps_the_link() -> None:
    async def test(link: Link, settled: list[Confirmation]) -> None:
        refuse(link, 1)
        assert settled == [Confirmation.REFUSED]
        assert not link.closed.done()

    with_link(test)


def test_a_late_refusal_ends_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(link: Link, settled: list[Confirmation]) -> None:
        pass_time(monkeypatch, 6)
        refuse(link, 1)
        assert settled == [Confirmation.REFUSED]
        assert str(link.closed.result()) == "the broker took nothing for a queue in 5 s"

    with_link(test)


@pytest.mark.parametrize(("taken", "ends"), [("k", False), ("other", True)])
def test_refusals_to_one_queue_add_up_until_it_takes_one(
    taken: str, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(link: Link, settled: list[Confirmation]) -> None:
        def publish(key: str) -> None:
            link.publish("x", key, b"2", NO_PROPERTIES, mandatory=True, settled=settled.append)

        refuse(link, 1)
        publish(taken)
        confirm(link, 2)
        pass_time(monkeypatch, 6)
        publish("k")
        refuse(link, 3)
        assert link.closed.done() is ends

    with_link(test)
