"""What the groups of a form's expression are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hubemu.messages.xml.form_texts import Text, TextItems
    from hubemu.messages.xml.forms import Form

__all__ = ["DEEPEST", "Slot"]

DEEPEST = 50
"""Objects within each other in one expression; Python reads no source that is much deeper."""


class Slot(NamedTuple):
    """What becomes of a group: a field of the object number `parent` of the same expression.

    It is the object number `own` (if not 0), a `text`, or a list of `items`. One that is `certain`
    is in each such object that is beyond doubt.
    """

    parent: int
    name: str
    certain: bool
    own: int = 0
    text: Text | None = None
    items: Form | TextItems | None = None
