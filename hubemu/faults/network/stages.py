"""The effects on what goes one way: late, slow, in slices, not at all, or cut short."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from hubemu.faults.network.paced import Paced
from hubemu.faults.network.stage import End, Item, Stage, Struck, Timers, always, size

__all__ = ["Allowance", "Bandwidth", "Cut", "Latency", "Silence", "Slice"]

_BURST = 0.02
"""Seconds of a slow line that are handed on together."""


class Latency(Stage):
    """Each item goes on `seconds` later, up to `jitter` more or less.

    Args:
        draw: of [0, 1), for each item that jitters.
    """

    def __init__(
        self,
        timers: Timers,
        struck: Struck = always,
        *,
        seconds: float,
        jitter: float = 0.0,
        draw: Callable[[], float] = lambda: 0.0,
    ) -> None:
        super().__init__(timers, struck)
        self._seconds = seconds
        self._jitter = jitter
        self._draw = draw

    def plan(self, item: Item, now: float) -> Iterable[tuple[float, Item]]:
        """See `Stage`."""
        more = self._jitter * (2 * self._draw() - 1) if self._jitter else 0.0
        return [(now + max(0.0, self._seconds + more), item)]


class Bandwidth(Paced):
    """No more than so many bits a second: each portion is there once its last bit is."""

    def __init__(self, timers: Timers, struck: Struck = always, *, bits_a_second: float) -> None:
        self._octets_a_second = bits_a_second / 8
        self._free = -math.inf
        portion = max(1, int(self._octets_a_second * _BURST))
        super().__init__(timers, struck, octets=portion)

    def idle(self, now: float) -> None:
        """See `Paced`: what was not used is not saved up."""
        self._free = max(self._free, now)

    def pace(self, octets: int) -> float:
        """See `Paced`."""
        self._free += octets / self._octets_a_second
        return self._free


class Slice(Paced):
    """In pieces of so many octets, each `seconds` after the one before it."""

    def __init__(
        self, timers: Timers, struck: Struck = always, *, octets: int, seconds: float = 0.0
    ) -> None:
        super().__init__(timers, struck, octets=octets)
        self._seconds = seconds
        self._next = -math.inf

    def idle(self, now: float) -> None:
        """See `Paced`."""
        self._next = max(self._next, now)

    def pace(self, octets: int) -> float:
        """See `Paced`."""
        del octets
        due, self._next = self._next, self._next + self._seconds
        return due


class Silence(Stage):
    """Nothing more goes on, the end of a side included, from the first struck item on."""

    def plan(self, item: Item, now: float) -> Iterable[tuple[float, Item]]:
        """See `Stage`: it and all behind it wait."""
        return [(math.inf, item)]


class Allowance:
    """The octets that a connection may still pass, in the directions that are counted."""

    def __init__(self, octets: int) -> None:
        self.left = octets


class Cut(Stage):
    """So many octets pass, exactly; then both sides are told that the connection is gone.

    Args:
        allowance: what is left, shared by the directions that are counted together.
        part: ends the connection, once what passed is out.
    """

    def __init__(
        self,
        timers: Timers,
        struck: Struck = always,
        *,
        allowance: Allowance,
        part: Callable[[], None],
    ) -> None:
        super().__init__(timers, struck)
        self._allowance = allowance
        self._part = part
        self._counting = False
        self._over = False

    def drop(self) -> None:
        """See `Stage`."""
        super().drop()
        self._over = True
        self._part = _nobody

    def take(self, item: Item) -> None:
        """See `Stage`; counted from the first struck item on."""
        if self._over:
            return
        self._counting = self._counting or self._struck()
        if not self._counting:
            self.hand_on(item)
            return
        allowance = self._allowance
        if passing := item if isinstance(item, End) else item[: allowance.left]:
            allowance.left -= size(passing)
            self.hand_on(passing)
        if not allowance.left:
            self._over = True
            self.hand_on(End(self._part))


def _nobody() -> None:
    """The connection is gone already."""
