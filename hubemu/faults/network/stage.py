"""A stretch of a bad line: what goes one way is held there, in order, for as long as it says.

Rules:
1. Nothing overtakes anything: what is not struck waits behind what is.
2. A stage that leaves hands on at once all that it holds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

__all__ = ["End", "Item", "Stage", "Struck", "Timer", "Timers", "always", "size"]


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


@dataclass(frozen=True, slots=True)
class End:
    """The end of one side, in its place among the octets; `tell` hands it on."""

    tell: Callable[[], None]


Item: TypeAlias = bytes | End
Struck: TypeAlias = Callable[[], bool]
"""Asked of each item that comes: whether it is struck."""


def always() -> bool:
    """Every item is struck."""
    return True


def size(item: Item) -> int:
    """Octets of an item."""
    return 0 if isinstance(item, End) else len(item)


class Stage:
    """One effect on one direction of one connection; its base passes everything on at once.

    Args:
        timers: when what is held goes on.
        struck: asked of each item.
    """

    def __init__(self, timers: Timers, struck: Struck = always) -> None:
        self.hand_on: Callable[[Item], None] = _nowhere
        """Where what passes goes."""
        self.held = 0
        """Octets that wait here."""
        self.timers = timers
        self._struck = struck
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
        planned = self.plan(item, now) if self._struck() else [(now, item)]
        for due, piece in planned:
            # What is late holds up what comes behind it.
            self._last = max(self._last, due)
            self._waiting.append((self._last, piece))
            self.held += size(piece)
        self._go_on()

    def plan(self, item: Item, now: float) -> Iterable[tuple[float, Item]]:
        """When which pieces of a struck item are due; `math.inf`: not before it ends."""
        return [(now, item)]

    def release(self) -> None:
        """Hand on all that is held, in order."""
        self._disarm()
        self._last = -math.inf
        while self._waiting:
            self._pass_next()

    def drop(self) -> None:
        """Hold nothing any more, and nobody: no timer is left, and no way back."""
        self._disarm()
        self._struck = always
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
