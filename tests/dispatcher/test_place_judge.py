"""The places before and after the judge, and that of the conversion service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import orjson
import pytest

from hubemu.dispatcher import HUB, ConversionFailed, Delivery, ErrorCode, Judge, Rejection, Ruling
from tests.support.dispatching import SDIS, A, C, a_case
from tests.support.messages import as_bytes, envelope
from tests.support.on_broker import Beside, beside
from tests.support.waiting import until

NEXSIS = "15-nexsis_v1.9.1"


def judged(judge: Judge, look: Callable[[Beside], object]) -> None:
    """One good message of samuA to samuC is sent and judged."""

    async def scenario() -> None:
        async with beside(judge=judge) as scene:
            scene.send(as_bytes(envelope(A, C)))
            await until(scene.outcomes)
            look(scene)

    asyncio.run(scenario())


def test_another_delivery_may_be_judged_than_came() -> None:
    other = as_bytes(envelope(A, C))

    def decide(delivery: Delivery, *rest: Any) -> Any:
        return HUB.decide(msgspec.structs.replace(delivery, body=other), *rest)

    def look(scene: Beside) -> None:
        (body,) = scene.waiting(f"{C}.message")
        assert orjson.loads(body)["distributionID"] == orjson.loads(other)["distributionID"]

    judged(replace(HUB, decide=decide), look)


def test_a_good_message_may_be_answered_with_another_ruling() -> None:
    def decide(delivery: Delivery, *rest: Any) -> Any:
        ruling = HUB.decide(delivery, *rest)
        assert isinstance(ruling, Ruling)
        rejection = Rejection(ErrorCode.INVALID_MESSAGE, "as asked", "an id")
        return msgspec.structs.replace(
            ruling, outcome="rejected", rejection=rejection, publications=()
        )

    def look(scene: Beside) -> None:
        assert scene.outcomes() == ["rejected"]
        assert scene.waiting(f"{C}.message") == []
        (report,) = scene.waiting(f"{A}.info")
        assert b"as asked" in report

    judged(replace(HUB, decide=decide), look)


@pytest.mark.parametrize("times", [0, 3])
def test_what_it_publishes_may_be_left_out_or_repeated(times: int) -> None:
    def decide(delivery: Delivery, *rest: Any) -> Any:
        ruling = HUB.decide(delivery, *rest)
        assert isinstance(ruling, Ruling)
        return msgspec.structs.replace(ruling, publications=ruling.publications * times)

    judged(
        replace(HUB, decide=decide),
        lambda scene: len(scene.waiting(f"{C}.message")) == times or pytest.fail("another number"),
    )


class Standing:
    """A conversion service that waits until it is told how to answer."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answer: asyncio.Future[tuple[bytes, ...]] = asyncio.Future()

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        self.asked.append(edxl)
        return await self.answer

    async def close(self) -> None:
        """Nothing is kept."""


def converted(answer: Callable[[Standing], None], outcome: str, queue: str) -> list[bytes]:
    """A case for the fire brigade goes through the service; what is in a queue then."""

    async def scenario() -> list[bytes]:
        service = Standing()
        async with beside(NEXSIS, converter=service) as scene:
            scene.send(a_case())
            await until(lambda: service.asked)
            assert scene.outcomes() == []
            answer(service)
            await until(scene.outcomes)
            assert scene.outcomes() == [outcome]
            return scene.waiting(queue)

    return asyncio.run(scenario())


def test_a_conversion_may_be_delayed_and_answered() -> None:
    case = a_case("RC-EDA")
    sent = converted(
        lambda service: service.answer.set_result((case, case)), "routed", f"{SDIS}.message"
    )
    assert len(sent) == 2


def test_a_conversion_may_fail() -> None:
    def fail(service: Standing) -> None:
        service.answer.set_exception(ConversionFailed("out of order"))

    (report,) = converted(fail, "rejected", f"{A}.info")
    assert b"out of order" in report
