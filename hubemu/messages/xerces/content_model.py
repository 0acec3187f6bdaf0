"""What is asked of the model of a content: which element may stand where, and what is expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from hubemu.messages.xerces.components import ElementDeclaration, Name, Wildcard

__all__ = [
    "FIRST_ERROR",
    "LATER_ERROR",
    "ContentModel",
    "ContentPosition",
    "Matcher",
    "Occurrence",
    "Term",
]

FIRST_ERROR, LATER_ERROR = -1, -2
Term = ElementDeclaration | Wildcard
"""What may stand at a place."""
Matcher = Callable[[Name, ElementDeclaration], ElementDeclaration | None]
"""The declaration by which a name stands for a declared element, by itself or as a substitute."""


@dataclass(slots=True)
class ContentPosition:
    """Where the content of one element has come to; `state` is negative after an error."""

    state: int = 0
    before: int = 0
    count: int = 0
    seen: set[int] = field(default_factory=set)


class Occurrence(NamedTuple):
    """How often a term was counted where it must and may stand."""

    least: int
    most: int | None
    counted: int
    term: str


class ContentModel(Protocol):
    """The content of one complex type.

    `counts_all`: whether it counts terms over the whole content, whatever stands between.
    """

    counts_all: bool

    def start(self) -> ContentPosition:
        """The place before the first child of an element that begins."""

    def step(self, name: Name, place: ContentPosition, matches: Matcher) -> Term | None:
        """What a child is declared as, if anything; `place` moves, to an error if it must."""

    def is_complete(self, place: ContentPosition) -> bool:
        """Whether the content may end there; not asked after an error."""

    def expected(self, place: ContentPosition) -> list[str]:
        """What may stand there."""

    def occurrence(self, place: ContentPosition) -> Occurrence | None:
        """What is counted there."""

    def beyond_bounds(self) -> Iterator[tuple[str, bool]]:
        """The terms that stood too often (true) or too rarely in the content that ends."""
