"""The driver while conversions are on: who waits, who goes on, and what stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import orjson

from hubemu.dispatcher import ConversionFailed
from tests.support.dispatching import (
    SDIS,
    A,
    C,
    a_case,
    a_message,
    incoming,
)
from tests.support.embedded_dispatcher import NEXSIS, Scene, played


class SlowConverter:
    """Answers when told to."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.asked: list[bytes] = []
        self.closed = False

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        self.asked.append(edxl)
        answer = await self.answer
        if isinstance(answer, Exception):
            raise answer
        return cast(tuple[bytes, ...], answer)

    async def close(self) -> None:
        self.closed = True


def converting(play: Callable[[Scene, Any], Awaitable[None]]) -> Scene:
    """A scene with a conversion service that answers when told to."""

    async def run() -> Scene:
        converter = SlowConverter()
        scene = Scene(converter)
        scene.dispatcher.start()
        await play(scene, converter)
        await scene.dispatcher.stop()
        assert converter.closed
        return scene

    return asyncio.run(run())


async def some_turns(count: int = 6) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_messages_behind_a_conversion_wait_and_other_vhosts_go_on() -> None:
    async def play(on: Scene, converter: Any) -> None:
        first = on.arrive(incoming(a_case()), NEXSIS)
        second = on.arrive(incoming(a_message(A, C)), NEXSIS)
        on.arrive(incoming(a_message(A, C)))
        await some_turns()
        assert len(on.here.published) == 1
        assert on.vhosts[NEXSIS].log == []
        assert on.dispatcher.health()["inFlight"] == 2
        assert orjson.loads(converter.asked[0])["senderID"] == A
        converter.answer.set_result((a_case("RC-EDA"),))
        await some_turns()
        log = on.vhosts[NEXSIS].log
        assert [what for what in log if what[0] == "ack"] == [("ack", first), ("ack", second)]
        assert log[0] == ("publish", f"{SDIS}.message")

    scene = converting(play)
    assert scene.outcomes() == ["routed", "routed", "routed"]


def test_a_refused_conversion_is_reported() -> None:
    async def play(on: Scene, converter: Any) -> None:
        on.arrive(incoming(a_case()), NEXSIS)
        converter.answer.set_result(ConversionFailed("refused"))
        await some_turns()
        assert on.vhosts[NEXSIS].log[0] == ("publish", f"{A}.info")

    scene = converting(play)
    assert scene.outcomes() == ["rejected"]


def test_a_conversion_into_nothing_is_acknowledged_and_dropped() -> None:
    async def play(on: Scene, converter: Any) -> None:
        one = on.arrive(incoming(a_case()), NEXSIS)
        converter.answer.set_result(())
        await some_turns()
        assert on.vhosts[NEXSIS].log == [("ack", one)]

    assert converting(play).outcomes() == ["dropped"]


def test_stopping_during_a_conversion_settles_nothing() -> None:
    async def play(on: Scene, converter: Any) -> None:
        on.arrive(incoming(a_case()), NEXSIS)
        await some_turns()
        await on.dispatcher.stop()
        assert {what for what, _ in on.vhosts[NEXSIS].log} == {"cancel"}
        assert on.dispatcher.health()["inFlight"] == 0

    assert converting(play).outcomes() == []


def test_a_fault_in_the_converter_drops_the_message() -> None:
    async def play(on: Scene, converter: Any) -> None:
        one = on.arrive(incoming(a_case()), NEXSIS)
        converter.answer.set_result(ZeroDivisionError("a bug"))
        await some_turns()
        assert ("reject", one) in on.vhosts[NEXSIS].log

    assert converting(play).outcomes() == ["dropped"]


def test_without_converter_a_message_that_needs_one_is_300() -> None:
    async def play(on: Scene) -> None:
        on.arrive(incoming(a_case()), NEXSIS)
        await some_turns()

    entry = played(Scene(), play).journal.select().entries[0]
    assert entry.error == (300, "INVALID_MESSAGE")
    assert entry.type == "RS-EDA"
    assert "Error during internal call to Hub Santé conversion service: " in entry.trace[-2][2]
