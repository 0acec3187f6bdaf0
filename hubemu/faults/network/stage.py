"""A stretch of a bad line: what goes one way is held there, in order, for as long as it says.

Rules:
1. Nothing overtakes anything: what is not struck waits behind what is.
2. A stage that leaves hands on at once all that it holds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Protocol

from hubemu.faults.fault import Luck
from hubemu.faults.network.portions import Item, Portions, Struck, always, size

__all__ = ["Stage", "Timer", "Timers"]


class Timer(Protocol):
    """What calls later, once."""

    def cancel(self) -> None:
        """Do not call."""


class Timers(Protocol):
    """Time of the network, in seconds; an event loop is one."""

    def time(self) -> float:
        """Now."""

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        """Call at an instant."""


class Stage:
    """One effect on one direction of one connection; its base passes everything on at once.

    Args:
        timers: when what is held goes on.
        struck: asked of each portion.
        single: whether each portion that is struck is planned by itself.
    """

    def __init__(self, timers: Timers, struck: Struck = always, *, single: bool = False) -> None:
        self.hand_on: Callable[[Item], None] = _nowhere
        """Where what passes goes."""
        self.held = 0
        """Octets that wait here."""
        self.timers = timers
        self.portions = Portions(struck, single=single)
        self._waiting: deque[tuple[float, Item]] = deque()
        self._last = -math.inf
        self._timer: Timer | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing waits here."""
        return not self._waiting

    def take(self, item: Item) -> None:
        """Something came."""
        now = self.timers.time()
        for luck, piece in self.portions.of(item):
            due = now if luck is None else self.due(luck, now)
            # What is late holds up what comes behind it.
            self._last = max(self._last, due)
            self._waiting.append((self._last, piece))
            self.held += size(piece)
        self._go_on()

    def due(self, luck: Luck, now: float) -> float:
        """When what is struck is due that comes now; `math.inf`: not before the stage leaves."""
        del luck
        return now

    def release(self) -> None:
        """Hand on all that is held, in order."""
        self._disarm()
        self._last = -math.inf
        while self._waiting:
            self._pass_next()

    def drop(self) -> None:
        """Hold nothing any more, and nobody: no timer is left, and no way back."""
        self._disarm()
        self.portions.struck = always
        self.hand_on = _nowhere
        self._waiting.clear()
        self.held = 0

    def _go_on(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.timers.time():
            self._pass_next()
        if self._timer is None and self._waiting and self._waiting[0][0] < math.inf:
            self._timer = self.timers.call_at(self._waiting[0][0], self._due)

    def _due(self) -> None:
        self._timer = None
        if self._waiting:
            # A loop calls as early as its clock can tell: this one is due by definition.
            self._pass_next()
        self._go_on()

    def _pass_next(self) -> None:
        _, item = self._waiting.popleft()
        self.held -= size(item)
        self.hand_on(item)

    def _disarm(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()


def _nowhere(_item: Item) -> None:
    """The stage is on no line."""
