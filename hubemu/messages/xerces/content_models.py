"""The model of each kind of content, as Xerces chooses it.

Source: the JDK's XSAllCM and XSEmptyCM; that of all others is an `Automaton`.
"""

from __future__ import annotations

from collections.abc import Iterator

from hubemu.messages.xerces.automaton import Automaton
from hubemu.messages.xerces.components import ElementDeclaration, ModelGroup, Name, Particle
from hubemu.messages.xerces.content_model import (
    FIRST_ERROR,
    LATER_ERROR,
    ContentModel,
    ContentPosition,
    Matcher,
    Occurrence,
    Term,
)
from hubemu.messages.xerces.expressions import Builder, counts
from hubemu.messages.xerces.unread import Unread

__all__ = ["model_of"]


def model_of(particle: Particle | None) -> ContentModel:
    """The model of a content.

    Raises:
        Unread: it is too large.
    """
    if particle is None or particle.most == 0:
        return _Empty()
    if isinstance(particle.term, ModelGroup) and particle.term.compositor == "all":
        return _InAnyOrder(particle.term, optional=particle.least == 0)
    builder = Builder(counts=counts(particle))
    head = builder.build(particle)
    return _Empty() if head is None else Automaton(head, builder.leaves)


class _Uncounted:
    """What models have that count nothing."""

    counts_all = False

    def start(self) -> ContentPosition:
        return ContentPosition()

    def occurrence(self, place: ContentPosition) -> Occurrence | None:
        return None

    def beyond_bounds(self) -> Iterator[tuple[str, bool]]:
        return iter(())


class _Empty(_Uncounted):
    def step(self, name: Name, place: ContentPosition, matches: Matcher) -> Term | None:
        place.state = LATER_ERROR if place.state < 0 else FIRST_ERROR
        return None

    def is_complete(self, place: ContentPosition) -> bool:
        return True

    def expected(self, place: ContentPosition) -> list[str]:
        return []


class _InAnyOrder(_Uncounted):
    """`xs:all`."""

    def __init__(self, group: ModelGroup, *, optional: bool) -> None:
        self._terms = [_declared(particle) for particle in group.particles]
        self._needed = [particle.least > 0 for particle in group.particles]
        self._optional = optional

    def step(self, name: Name, place: ContentPosition, matches: Matcher) -> Term | None:
        if place.state < 0:
            place.state = LATER_ERROR
            return next(filter(None, (matches(name, term) for term in self._terms)), None)
        place.state = 1
        for index, term in enumerate(self._terms):
            if index not in place.seen and (found := matches(name, term)) is not None:
                place.seen.add(index)
                return found
        place.state = FIRST_ERROR
        return next(filter(None, (matches(name, term) for term in self._terms)), None)

    def is_complete(self, place: ContentPosition) -> bool:
        if self._optional and place.state == 0:
            return True
        return all(index in place.seen or not need for index, need in enumerate(self._needed))

    def expected(self, place: ContentPosition) -> list[str]:
        return [str(term) for index, term in enumerate(self._terms) if index not in place.seen]


def _declared(particle: Particle) -> ElementDeclaration:
    if not isinstance(particle.term, ElementDeclaration):
        raise Unread("xs:all holds elements only")
    return particle.term
