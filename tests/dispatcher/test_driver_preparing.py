"""The driver while a thread makes what reads a type: who waits, who goes on, and what stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event

import pytest

from hubemu.messages import Release
from tests.support.dispatching import A, C, a_message, context, incoming, persistent
from tests.support.embedded_dispatcher import NEXSIS, VHOST, Scene, played

_LONGEST = 10.0


class Preparing:
    """What stands for the preparations of all releases: the first takes until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_end = Event()
        self.fault: Exception | None = None
        self.asked = 0
        monkeypatch.setattr(Release, "preparation", lambda release, body: self._asked())

    def _asked(self) -> Callable[[], object] | None:
        self.asked += 1
        return self._prepare if self.asked == 1 else None

    def _prepare(self) -> None:
        assert self.may_end.wait(_LONGEST)
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def preparing(monkeypatch: pytest.MonkeyPatch) -> Preparing:
    return Preparing(monkeypatch)


def in_xml() -> bytes:
    release = context(VHOST).release
    return release.write_tree(a_message(A, C), "xml")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_LONGEST):
        while not condition():
            await asyncio.sleep(0)


async def some_turns(count: int = 6) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def playing(play: Callable[[Scene], Awaitable[None]]) -> Scene:
    return played(Scene(), play)


def test_messages_behind_it_wait_and_other_vhosts_go_on(preparing: Preparing) -> None:
    async def play(on: Scene) -> None:
        first = on.arrive(incoming(in_xml(), properties=persistent("application/xml")))
        second = on.arrive(incoming(a_message(A, C)))
        on.arrive(incoming(a_message(A, C)), NEXSIS)
        await some_turns()
        assert len(on.vhosts[NEXSIS].published) == 1
        assert on.here.log == []
        assert on.dispatcher.health()["inFlight"] == 2
        preparing.may_end.set()
        await until(lambda: len(on.here.published) == 2)
        await some_turns()
        assert [what for what in on.here.log if what[0] == "ack"] == [
            ("ack", first),
            ("ack", second),
        ]

    assert playing(play).outcomes() == ["routed", "routed", "routed"]
    assert preparing.asked == 1


def test_json_waits_for_nothing(preparing: Preparing) -> None:
    async def play(on: Scene) -> None:
        on.arrive(incoming(a_message(A, C)))
        await some_turns()
        assert len(on.here.published) == 1

    playing(play)
    assert preparing.asked == 0


def test_stopping_meanwhile_settles_nothing(preparing: Preparing) -> None:
    async def play(on: Scene) -> None:
        on.arrive(incoming(in_xml(), properties=persistent("application/xml")))
        await some_turns()
        await on.dispatcher.stop()
        assert {what for what, _ in on.here.log} == {"cancel"}
        assert on.dispatcher.health()["inFlight"] == 0
        preparing.may_end.set()

    assert playing(play).outcomes() == []


def test_a_fault_meanwhile_drops_the_message_and_others_go_on(preparing: Preparing) -> None:
    preparing.fault = ZeroDivisionError("a bug")

    async def play(on: Scene) -> None:
        one = on.arrive(incoming(in_xml(), properties=persistent("application/xml")))
        on.arrive(incoming(a_message(A, C)))
        preparing.may_end.set()
        await until(lambda: len(on.here.published) == 1)
        assert ("reject", one) in on.here.log

    assert playing(play).outcomes() == ["dropped", "routed"]
