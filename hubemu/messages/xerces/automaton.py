"""The automaton of a content, as Xerces' XSDFACM steps through it.

Its states are worked out when a document first comes to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubemu.messages.xerces.components import ElementDeclaration, Name, Wildcard
from hubemu.messages.xerces.content_model import (
    FIRST_ERROR,
    LATER_ERROR,
    ContentPosition,
    Matcher,
    Occurrence,
    Term,
)
from hubemu.messages.xerces.expressions import ExpressionPart, Leaf, in_sequence

__all__ = ["Automaton"]


@dataclass(slots=True)
class _State:
    """A state: where each term leads, negative for nowhere, and which term it counts.

    `known` are the declared names met there, each with its term and that term's number.
    """

    steps: list[int]
    final: bool
    counted: int | None
    known: dict[Name, tuple[int, ElementDeclaration]] = field(default_factory=dict)


class Automaton:
    """The model of a sequence, a choice, or whatever they are made of.

    Args:
        head: the expression of the content.
        leaves: its places, in their order.
    """

    def __init__(self, head: ExpressionPart, leaves: Sequence[Leaf]) -> None:
        end = 1 << len(leaves)
        ends = in_sequence([head, ExpressionPart(end, end, nullable=False)])
        self._end = end
        self._follow = _follow_sets(ends.follows, len(leaves) + 1)
        self._map: list[Leaf] = []
        self._places: list[int] = []
        for index, leaf in enumerate(leaves):
            known = next((i for i, one in enumerate(self._map) if one.key == leaf.key), None)
            if known is None:
                self._map.append(leaf)
                self._places.append(1 << index)
            else:
                self._places[known] |= 1 << index
        self._sets = [ends.first]
        self._numbers: dict[int, int] = {}
        self._states: dict[int, _State] = {}
        self._counted = tuple(i for i, leaf in enumerate(self._map) if leaf.bounds is not None)
        self.counts_all = bool(self._counted)
        # As Xerces has it: kept here, so that an element within another of its type starts anew.
        self._stood: dict[int, int] = {}

    def start(self) -> ContentPosition:
        """See `ContentModel`."""
        self._stood = dict.fromkeys(self._counted, 0)
        return ContentPosition()

    def beyond_bounds(self) -> Iterator[tuple[str, bool]]:
        """See `ContentModel`."""
        for index, count in self._stood.items():
            leaf = self._map[index]
            least, most = leaf.bounds or (0, None)
            if count < least:
                yield str(leaf.term), False
            if most is not None and count > most:
                yield str(leaf.term), True

    def step(self, name: Name, place: ContentPosition, matches: Matcher) -> Term | None:
        """See `ContentModel`."""
        if place.state < 0:
            place.state = LATER_ERROR
            return self._any_match(name, matches)
        state = self._state(place.state)
        if (known := state.known.get(name)) is not None:
            self._count(known[0])
            return self._enter(*known, name, place, matches)
        for index, leaf in enumerate(self._map):
            if state.steps[index] >= 0 and (found := _match(name, leaf.term, matches)) is not None:
                if isinstance(found, ElementDeclaration):
                    state.known[name] = index, found
                self._count(index)
                return self._enter(index, found, name, place, matches)
        return self._fail(name, place, matches)

    def _count(self, index: int) -> None:
        if index in self._stood:
            self._stood[index] += 1

    def _enter(
        self, index: int, found: Term, name: Name, place: ContentPosition, matches: Matcher
    ) -> Term | None:
        state, target = self._state(place.state), self._state(place.state).steps[index]
        if state.counted is not None:
            counted = self._map[state.counted]
            if target == place.state:
                place.count += 1
                if counted.most is not None and place.count > counted.most:
                    return self._overflow(index, name, place, matches)
                return found
            if place.count < counted.least:
                return self._fail(name, place, matches)
        self._count_from(index, target, place)
        place.state = target
        return found

    def _overflow(
        self, index: int, name: Name, place: ContentPosition, matches: Matcher
    ) -> Term | None:
        """Another term that takes what is one too many for its own, else an error."""
        state = self._state(place.state)
        for other in range(index + 1, len(self._map)):
            found = (
                _match(name, self._map[other].term, matches) if state.steps[other] >= 0 else None
            )
            if found is not None:
                self._count_from(other, state.steps[other], place)
                place.state = state.steps[other]
                return found
        return self._fail(name, place, matches)

    def _count_from(self, index: int, target: int, place: ContentPosition) -> None:
        counted = self._state(target).counted
        if counted is not None:
            place.count = 1 if counted == index else 0

    def _fail(self, name: Name, place: ContentPosition, matches: Matcher) -> Term | None:
        place.before, place.state = place.state, FIRST_ERROR
        return self._any_match(name, matches)

    def _any_match(self, name: Name, matches: Matcher) -> Term | None:
        found = (_match(name, leaf.term, matches) for leaf in self._map)
        return next((one for one in found if one is not None), None)

    def is_complete(self, place: ContentPosition) -> bool:
        """See `ContentModel`."""
        state = self._state(place.state)
        counted = None if state.counted is None else self._map[state.counted]
        return state.final and (counted is None or place.count >= counted.least)

    def expected(self, place: ContentPosition) -> list[str]:
        """See `ContentModel`."""
        number = place.before if place.state < 0 else place.state
        state = self._state(number)
        counted = None if state.counted is None else self._map[state.counted]

        def may_stand(target: int) -> bool:
            if target < 0:
                return False
            if counted is None:
                return True
            if target == number:
                return counted.most is None or place.count < counted.most
            return place.count >= counted.least

        return [
            str(leaf.term)
            for leaf, target in zip(self._map, state.steps, strict=True)
            if may_stand(target)
        ]

    def occurrence(self, place: ContentPosition) -> Occurrence | None:
        """See `ContentModel`."""
        state = self._state(place.before if place.state < 0 else place.state)
        if state.counted is None:
            return None
        leaf = self._map[state.counted]
        return Occurrence(leaf.least, leaf.most, place.count, str(leaf.term))

    def _state(self, number: int) -> _State:
        found = self._states.get(number)
        if found is None:
            found = self._states[number] = self._worked_out(number)
        return found

    def _worked_out(self, number: int) -> _State:
        here = self._sets[number]
        steps = []
        for places in self._places:
            reached = 0
            for bit in _bits(here & places):
                reached |= self._follow[bit]
            steps.append(self._number(reached) if reached else -1)
        own = next((index for index, target in enumerate(steps) if target == number), None)
        counted = own if own is not None and self._map[own].counted else None
        return _State(steps, bool(here & self._end), counted)

    def _number(self, places: int) -> int:
        """The state of a set of places; the first state is none that is come back to."""
        found = self._numbers.get(places)
        if found is None:
            found = self._numbers[places] = len(self._sets)
            self._sets.append(places)
        return found


def _match(name: Name, term: Term, matches: Matcher) -> Term | None:
    if isinstance(term, Wildcard):
        return term if term.allows(name[0]) else None
    return matches(name, term)


def _bits(places: int) -> Iterator[int]:
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


def _follow_sets(follows: Sequence[tuple[int, int]], size: int) -> list[int]:
    found = [0] * size
    for before, after in follows:
        for bit in _bits(before):
            found[bit] |= after
    return found
