"""Messages that a rule holds back, and in which order they go on.

`delay` lets each go after its time, `pause` when the rule ends, `reorder` when a window is full, in
another order. When a rule ends, all that it holds goes on in the order in which it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeAlias

from hubemu.dispatcher.interposing import Holdable
from hubemu.faults.in_force import RuleInForce, Strike

__all__ = ["Holding"]

_GoOn: TypeAlias = Callable[[Holdable, str], None]


@dataclass(slots=True, eq=False)
class _Held:
    message: Holdable
    strike: Strike
    since: float = field(default_factory=monotonic)
    timer: asyncio.TimerHandle | None = None
    planned: int | None = None

    def told(self, cut_short: bool) -> str:
        """How long it was held, in milliseconds."""
        if self.planned is not None and not cut_short:
            return f"held {self.planned:,} ms"
        return f"held {round((monotonic() - self.since) * 1000):,} ms"


class Holding:
    """What one rule holds.

    Args:
        fault: with the effect `delay`, `pause` or `reorder`.
        go_on: lets a message go on, given how long it was held.
    """

    def __init__(self, fault: RuleInForce, go_on: _GoOn) -> None:
        self._fault = fault
        self._go_on = go_on
        self._held: dict[_Held, None] = {}
        self._windows: dict[str, list[_Held]] = {}

    def hold(self, message: Holdable, strike: Strike) -> str:
        """Hold a message, in the middle of the dispatcher's work; told: for how long, if known."""
        held = _Held(message, strike)
        self._held[held] = None
        if self._fault.effect == "delay":
            self._delay(held)
        elif self._fault.effect == "reorder":
            self._gather(held)
        return "held" if held.planned is None else held.told(cut_short=False)

    def end(self) -> None:
        """Let go of all that is held, in its order."""
        for held in tuple(self._held):
            self._release(held, cut_short=True)
        self._windows.clear()

    def _delay(self, held: _Held) -> None:
        given = self._fault.parameters
        jitter = given["jitterMs"] * (2 * held.strike.chance("jitter") - 1)
        held.planned = max(0, round(given["ms"] + jitter))
        loop = asyncio.get_running_loop()
        held.timer = loop.call_later(held.planned / 1000, self._release, held)

    def _gather(self, held: _Held) -> None:
        window = self._windows.setdefault(held.message.delivery.vhost, [])
        window.append(held)
        full = len(window) == self._fault.parameters["window"]
        if full or held.strike.last:
            del self._windows[held.message.delivery.vhost]
            # Not before the one in hand is held, too.
            asyncio.get_running_loop().call_soon(self._let_go, _shuffled(window))
        if held.strike.last:
            for rest in self._windows.values():
                asyncio.get_running_loop().call_soon(self._let_go, _shuffled(rest))
            self._windows.clear()

    def _let_go(self, window: list[_Held]) -> None:
        for held in window:
            self._release(held)

    def _release(self, held: _Held, cut_short: bool = False) -> None:
        if held not in self._held:
            return
        del self._held[held]
        if held.timer is not None:
            held.timer.cancel()
        self._go_on(held.message, held.told(cut_short))


def _shuffled(window: list[_Held]) -> list[_Held]:
    """The window in an order that is not its own, by the chance of its last strike."""
    chance = window[-1].strike.chance
    order = list(window)
    for last in range(len(order) - 1, 0, -1):
        other = int(chance(f"order {last}") * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order if order != window else [*window[1:], window[0]]
