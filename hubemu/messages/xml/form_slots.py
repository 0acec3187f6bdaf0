"""What the groups of a form's expression are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hubemu.messages.xml.form_texts import Text, TextItems
    from hubemu.messages.xml.forms import Form

__all__ = ["DEEPEST", "NOWHERE", "Slot", "unpacked"]

DEEPEST = 50
"""Objects within each other in one expression; Python reads no source that is much deeper."""
NOWHERE = -1
"""The parent of a group that is no field itself."""


class Slot(NamedTuple):
    """What becomes of a group: a field of the object number `parent` of the same expression.

    It is the object number `own` (if not 0) or a `text`; or such a one is the first item of a list,
    if there may be `many`, and the others are together in the group number `others` (if not 0),
    whose slot has the `items`. A list that has `items` itself is in one group. A field that is
    `certain` is in each such object that is beyond doubt.
    """

    parent: int
    name: str
    certain: bool = False
    own: int = 0
    text: Text | None = None
    many: bool = False
    others: int = 0
    items: Form | TextItems | None = None


def unpacked(slots: Sequence[Slot], source: str) -> str:
    """A line of Python: the groups from `source` as `g0`, `g1`..."""
    groups = ", ".join(f"g{index}" for index in range(len(slots)))
    return f"({groups},) = {source}" if slots else "pass"
