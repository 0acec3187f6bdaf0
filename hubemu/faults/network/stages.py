"""The effects on what goes one way: late, slow, in slices, not at all, or cut short."""

from __future__ import annotations

import math
from collections.abc import Callable

from hubemu.faults.fault import Luck
from hubemu.faults.network.paced import Paced
from hubemu.faults.network.portions import End, Item, Struck, always, size
from hubemu.faults.network.stage import Stage, Timers

__all__ = ["Allowance", "Bandwidth", "Cut", "Latency", "Silence", "Slice"]

_BURST = 0.02
"""Seconds of a slow line that are handed on together."""


class Latency(Stage):
    """All goes on `seconds` later, up to `jitter` more or less.

    Args:
        jitter: drawn for each portion.
    """

    def __init__(
        self,
        timers: Timers,
        struck: Struck = always,
        *,
        seconds: float,
        jitter: float = 0.0,
    ) -> None:
        super().__init__(timers, struck, single=jitter > 0)
        self._seconds = seconds
        self._jitter = jitter

    def due(self, luck: Luck, now: float) -> float:
        """See `Stage`."""
        more = self._jitter * (2 * luck.chance("effect") - 1) if self._jitter else 0.0
        return now + max(0.0, self._seconds + more)


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
    """Nothing more goes on, the end of a side included, from the first struck portion on."""

    def due(self, luck: Luck, now: float) -> float:
        """See `Stage`: it and all behind it wait."""
        return math.inf


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
        super().__init__(timers, self._once)
        self._allowance = allowance
        self._part = part
        self._struck = struck
        self._counting: Luck | None = None
        self._over = False

    def _once(self) -> Luck | None:
        """Asked until a portion is struck: from there all is counted."""
        if self._counting is None:
            self._counting = self._struck()
        return self._counting

    def drop(self) -> None:
        """See `Stage`."""
        super().drop()
        self._over = True
        self._part = _nobody
        self._struck = always

    def take(self, item: Item) -> None:
        """See `Stage`; counted from the first struck portion on."""
        for luck, piece in self.portions.of(item):
            if self._over:
                return
            if luck is None:
                self.hand_on(piece)
            else:
                self._count(piece)

    def _count(self, item: Item) -> None:
        allowance = self._allowance
        if passing := item if isinstance(item, End) else item[: allowance.left]:
            allowance.left -= size(passing)
            self.hand_on(passing)
        if not allowance.left:
            self._over = True
            self.hand_on(End(self._part))


def _nobody() -> None:
    """The connection is gone already."""
