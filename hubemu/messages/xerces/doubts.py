"""Where something may be wrong in a document, told by who has seen that all else is valid."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

__all__ = ["DoubtfulTexts", "Doubts"]

Doubts: TypeAlias = dict[str, "Doubts | None"]
"""Elements by local name, each with those of its children, or `None` if all may be wrong in it."""


class DoubtfulTexts(NamedTuple):
    """A document with texts that may be wrong.

    No element of another namespace than the root's has one of the root's in it.

    Attributes:
        schema: the file of the schema by which all else is valid.
        doubts: where they are, from the children of the root on.
    """

    schema: str
    doubts: Doubts
