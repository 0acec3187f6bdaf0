"""Which texts of a message are not beyond doubt, where its form takes all else of it.

What their elements do not hold is valid then: who explains a refusal need not look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from hubemu.messages.xerces.doubts import Doubts
from hubemu.messages.xml.form_slots import Slot
from hubemu.messages.xml.form_values import look_at

__all__ = ["Look", "doubtful_elements", "looks"]


class Look(NamedTuple):
    """What looks at a group, and the names that lead to its element from the root's children on."""

    group: int
    look: Callable[[str], Any]
    path: tuple[str, ...]


def looks(slots: Sequence[Slot]) -> list[Look]:
    """Those of all groups that have to be looked at."""
    around: dict[int, tuple[str, ...]] = {0: ()}
    others: dict[int, tuple[str, ...]] = {}
    found = []
    for index, slot in enumerate(slots):
        path = others[index] if index in others else (*around[slot.parent], slot.name)
        if slot.own:
            around[slot.own] = path
        if slot.others:
            others[slot.others] = path
        if (look := look_at(slot)) is not None:
            found.append(Look(index, look, path))
    return found


def doubtful_elements(looks: Iterable[Look], groups: Sequence[str]) -> Doubts:
    """The elements that hold texts that are not beyond doubt; each path ends at such a one."""
    doubts: Doubts = {}
    for index, look, path in looks:
        if group := groups[index]:
            try:
                look(group)
            except (ValueError, KeyError):
                _add(doubts, path)
    return doubts


def _add(doubts: Doubts, path: Sequence[str]) -> None:
    inner = doubts
    for name in path[:-1]:
        below = inner.setdefault(name, {})
        if below is None:
            return
        inner = below
    inner[path[-1]] = None
