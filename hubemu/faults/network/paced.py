"""Stages that hand octets on in pieces, at a pace of their own.

What waits is cut when its turn comes, never before: a message of megabytes in single octets would
else be a million things that wait.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from hubemu.faults.network.portions import End, Item, Struck, always, size
from hubemu.faults.network.stage import Stage, Timers

__all__ = ["Paced"]

_AT_ONCE: Final = 256
"""Pieces handed on in a turn of the loop: others want theirs, too."""


class Paced(Stage):
    """Its base hands on pieces of `octets`, one as soon as the other.

    Args:
        octets: of a piece.
    """

    def __init__(self, timers: Timers, struck: Struck = always, *, octets: int) -> None:
        super().__init__(timers, struck)
        self._octets = octets
        self._line: deque[tuple[bool, Item | memoryview]] = deque()
        self._due_at: float | None = None

    @property
    def empty(self) -> bool:
        """See `Stage`."""
        return not self._line

    def idle(self, now: float) -> None:
        """Nothing has waited until now."""

    def pace(self, octets: int) -> float:
        """When the next piece, of so many octets, is due; asked once for each."""
        raise NotImplementedError

    def take(self, item: Item) -> None:
        """See `Stage`."""
        if not self._line:
            self.idle(self.timers.time())
        for luck, piece in self.portions.of(item):
            self._line.append((luck is not None, piece))
            self.held += size(piece)
        self._go_on()

    def release(self) -> None:
        """See `Stage`."""
        self._disarm()
        self._due_at = None
        while self._line:
            _, item = self._line.popleft()
            self._pass(item if isinstance(item, End) else bytes(item))

    def drop(self) -> None:
        """See `Stage`."""
        super().drop()
        self._line.clear()

    def _go_on(self) -> None:
        for _ in range(_AT_ONCE):
            if not self._line:
                return
            if self._due_at is None:
                self._due_at = self._next_due()
            if self._due_at > self.timers.time():
                break
            self._pass_piece()
        if self._line and self._timer is None:
            self._timer = self.timers.call_at(self._due_at or self.timers.time(), self._due)

    def _due(self) -> None:
        self._timer = None
        if self._line and self._due_at is not None:
            self._pass_piece()  # a loop calls as early as its clock can tell
        self._go_on()

    def _next_due(self) -> float:
        struck, item = self._line[0]
        if not struck or isinstance(item, End):
            return self.timers.time()
        return self.pace(min(len(item), self._octets))

    def _pass_piece(self) -> None:
        self._due_at = None
        struck, item = self._line.popleft()
        if not struck or isinstance(item, End) or len(item) <= self._octets:
            self._pass(item if isinstance(item, End) else bytes(item))
            return
        whole = memoryview(item)
        self._line.appendleft((True, whole[self._octets :]))
        self._pass(bytes(whole[: self._octets]))

    def _pass(self, item: Item) -> None:
        self.held -= size(item)
        self.hand_on(item)
