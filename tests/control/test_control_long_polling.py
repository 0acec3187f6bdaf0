"""Answers that are waited for: what comes, the blanks meanwhile, and the ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse

from hubemu.control import long_polling
from hubemu.control.context import Context
from hubemu.control.long_polling import answer_when
from hubemu.control.problems import Problem
from hubemu.control.routes import ENDPOINTS
from tests.support.fake_hub import FakeHub


class Reader:
    """A request whose reader stays until it is told to leave, and what is asked for it."""

    def __init__(self, hub: FakeHub) -> None:
        self.left = asyncio.Event()
        self.came = asyncio.Event()
        self.closing = asyncio.Event()
        self.context = Context(hub.hub, self.closing, ENDPOINTS)
        self.request = Request({"type": "http"}, self._receive)

    async def _receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def ask(self, seconds: float) -> object:
        if seconds:
            await self.came.wait()
        return {"came": self.came.is_set()}

    def answer(self, seconds: float) -> Coroutine[Any, Any, Any]:
        return answer_when(self.request, self.context, self.ask, seconds)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_polling, "SILENCE", 0.0)


async def streamed(reader: Reader) -> AsyncIterator[bytes]:
    response = await reader.answer(60)
    assert isinstance(response, StreamingResponse)
    assert response.media_type == "application/json"
    return cast("AsyncIterator[bytes]", response.body_iterator)


def test_what_is_not_waited_for_is_answered_at_once(hub: FakeHub) -> None:
    async def scenario() -> None:
        assert (await Reader(hub).answer(0)).body == b'{"came":false}'

    asyncio.run(scenario())


def test_what_comes_soon_is_answered_without_blanks(hub: FakeHub) -> None:
    async def scenario() -> None:
        reader = Reader(hub)
        reader.came.set()
        assert (await reader.answer(60)).body == b'{"came":true}'

    asyncio.run(scenario())


def test_a_hub_that_stops_soon_says_so(hub: FakeHub) -> None:
    async def scenario() -> None:
        reader = Reader(hub)
        reader.closing.set()
        with pytest.raises(Problem, match="stopping"):
            await reader.answer(60)

    asyncio.run(scenario())


@pytest.mark.usefixtures("_impatient")
def test_blanks_come_before_what_came_late(hub: FakeHub) -> None:
    async def scenario() -> None:
        reader = Reader(hub)
        parts = await streamed(reader)
        assert [await anext(parts), await anext(parts)] == [b" ", b" "]
        reader.came.set()
        rest = [part async for part in parts]
        assert rest[-1] == b'{"came":true}'
        assert set(rest[:-1]) <= {b" "}

    asyncio.run(scenario())


@pytest.mark.usefixtures("_impatient")
def test_a_hub_that_stops_late_answers_what_there_is(hub: FakeHub) -> None:
    async def scenario() -> None:
        reader = Reader(hub)
        parts = await streamed(reader)
        assert await anext(parts) == b" "
        reader.closing.set()
        assert [part async for part in parts][-1] == b'{"came":false}'

    asyncio.run(scenario())


@pytest.mark.usefixtures("_impatient")
def test_nothing_goes_on_when_the_reader_has_left(hub: FakeHub) -> None:
    async def scenario() -> None:
        reader = Reader(hub)
        parts = await streamed(reader)
        assert await anext(parts) == b" "
        reader.left.set()
        assert {part async for part in parts} <= {b" "}
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())
