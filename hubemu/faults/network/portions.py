"""What goes one way, in portions that lie at fixed places of it: each is struck or not as a whole.

How octets are cut into pieces on their way is the system's affair and differs from run to run; the
place of an octet does not. So what is decided, and drawn, of it is the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from hubemu.faults.fault import Luck

__all__ = ["PORTION", "End", "Item", "Portions", "Struck", "always", "size"]

PORTION: Final = 1_024
"""Octets of a portion: about what a packet of a network carries."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of one side, in its place among the octets; `tell` hands it on."""

    tell: Callable[[], None]


Item: TypeAlias = bytes | End


Struck: TypeAlias = Callable[[], Luck | None]
"""Asked of each portion in turn: its luck if it is struck."""


class _Plain:
    def chance(self, purpose: str) -> float:
        """No luck at all."""
        del purpose
        return 0.0


_PLAIN: Final = _Plain()


def always() -> Luck | None:
    """Every portion is struck."""
    return _PLAIN


def size(item: Item) -> int:
    """Octets of an item."""
    return 0 if isinstance(item, End) else len(item)


class Portions:
    """Tells of all that comes whether it is struck.

    Args:
        struck: asked of each portion when its first octet comes.
        single: whether each struck portion stays by itself; else those alike that come together
            stay together.
        octets: of a portion.
    """

    def __init__(self, struck: Struck, *, single: bool = False, octets: int = PORTION) -> None:
        self.struck = struck
        self._single = single
        self._octets = octets
        self._left = 0
        self._luck: Luck | None = None

    def of(self, item: Item) -> Iterator[tuple[Luck | None, Item]]:
        """An item in pieces that are struck or not; the end of a side belongs to what is next."""
        if isinstance(item, End):
            yield self._next(), item
            return
        begun = at = 0
        luck: Luck | None = None
        while at < len(item):
            following = self._next()
            if at > begun and self._parts(luck, following):
                yield luck, item[begun:at]
                begun = at
            luck = following
            step = min(self._left, len(item) - at)
            self._left -= step
            at += step
        yield luck, item[begun:]

    def _next(self) -> Luck | None:
        """The luck of the octet that is next."""
        if not self._left:
            self._luck, self._left = self.struck(), self._octets
        return self._luck

    def _parts(self, luck: Luck | None, following: Luck | None) -> bool:
        """Whether two portions in a row cannot go on as one."""
        return luck is not following and (self._single or luck is None or following is None)
