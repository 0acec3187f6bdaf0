"""The conversion service as rules of the family `converter` have it behave."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from hubemu.dispatcher.converter import NO_CONVERTER, ConversionFailed, Converter, messages_in
from hubemu.dispatcher.decision import ConversionNeeded, Now
from hubemu.faults.dispatch.rulings import mark
from hubemu.faults.fault import Fault
from hubemu.faults.in_force import RuleInForce, Strike
from hubemu.faults.matching import Happening

__all__ = ["FaultyConverter"]

_DOWN = "the conversion service cannot be reached: connection refused"


class FaultyConverter:
    """A `Converter` that rules strike before the real one is asked, if there is one."""

    def __init__(self, inner: Converter | None) -> None:
        self._inner = inner
        self._faults: dict[RuleInForce, asyncio.Event] = {}
        self._expected: dict[int, list[Strike]] = {}

    @property
    def struck(self) -> bool:
        """Whether any rule may strike."""
        return bool(self._faults)

    def begin(self, fault: RuleInForce) -> None:
        """Put a rule in force."""
        self._faults[fault] = asyncio.Event()

    def end(self, fault: Fault) -> None:
        """Take it away; who waits for it waits no more."""
        for one in [one for one in self._faults if one is fault]:
            self._faults.pop(one).set()

    def expect(self, needed: ConversionNeeded, event: Happening, now: Now) -> None:
        """The next conversion of these very bytes is that of a message."""
        strikes = [one for fault in self._faults if (one := fault.strike(event)) is not None]
        for strike in strikes:
            mark(needed, now, f"conversion struck ({strike.fault.effect})", strike)
        if strikes:
            self._expected[id(needed.request.edxl)] = strikes

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        """See `Converter`."""
        for strike in self._expected.pop(id(edxl), ()):
            answer = await self._answer(strike)
            if answer is not None:
                return answer
        if self._inner is None:
            raise ConversionFailed(NO_CONVERTER)
        return await self._inner.convert(edxl, vhost)

    async def close(self) -> None:
        """See `Converter`."""
        self._expected.clear()
        if self._inner is not None:
            await self._inner.close()

    async def _answer(self, strike: Strike) -> tuple[bytes, ...] | None:
        """What the service answers by a rule; `None`: what it would anyway."""
        given, effect = strike.fault.parameters, strike.fault.effect
        if effect == "delay":
            ended = self._faults.get(strike.fault)
            if ended is not None:
                await _passed(ended, given["ms"] / 1000)
            return None
        if effect == "fail":
            raise ConversionFailed(given["error"] or _phrase(given["status"]))
        if effect == "down":
            raise ConversionFailed(_DOWN)
        return messages_in(given["body"])


async def _passed(ended: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await ended.wait()
    except TimeoutError:
        return


def _phrase(status: int) -> str:
    """A status as the real client words it, one that has no name by its number alone."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
