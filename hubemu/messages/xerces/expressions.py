"""Content models as expressions: which places begin and end a content, and follow one another.

Source: the JDK's CMBuilder. A model that repeats nothing but single elements counts them in one
place each; others are expanded, copies of one term sharing its key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hubemu.messages.xerces.components import ElementDeclaration, ModelGroup, Particle, Wildcard
from hubemu.messages.xerces.unread import Unread

__all__ = ["Builder", "ExpressionPart", "Leaf", "counts", "in_sequence"]

_MOST_LEAVES = 10_000
_Term = ElementDeclaration | Wildcard


def counts(particle: Particle) -> bool:
    """Whether occurrences are counted: nothing but single elements is repeated."""
    group = particle.term
    if not isinstance(group, ModelGroup):
        return True
    if (particle.least, particle.most) == (1, 1):
        return all(counts(inner) for inner in group.particles)
    if len(group.particles) != 1:
        return not group.particles
    only = group.particles[0]
    return not isinstance(only.term, ModelGroup) and (only.least, only.most) == (1, 1)


@dataclass(slots=True)
class Leaf:
    """One place of a term; leaves of one particle share its `key`.

    `counted` ones have a state that counts them; those with `bounds` are counted over the whole
    content, whatever stands between.
    """

    term: _Term
    key: int
    least: int = 1
    most: int | None = 1
    counted: bool = False
    bounds: tuple[int, int | None] | None = None


@dataclass(slots=True)
class ExpressionPart:
    """A part of the expression: where it begins and ends, and whether it may be nothing."""

    first: int
    last: int
    nullable: bool
    follows: list[tuple[int, int]] = field(default_factory=list)


class Builder:
    """Makes an expression of a particle: bit sets of leaves that begin, end, follow one another."""

    def __init__(self, *, counts: bool) -> None:
        self.leaves: list[Leaf] = []
        self._counts = counts
        self._keys = 0

    def build(self, particle: Particle, *, plain: bool = True) -> ExpressionPart | None:
        """The expression, None if nothing may stand there; `plain` if no group around repeats."""
        if not isinstance(particle.term, ModelGroup):
            return self._term(particle.term, particle.least, particle.most, plain=plain)
        group = particle.term
        if self._counts and len(group.particles) == 1 and (particle.least, particle.most) != (1, 1):
            only = group.particles[0]
            if not isinstance(only.term, ModelGroup):
                return self._term(only.term, particle.least, particle.most, plain=plain)
        before, keys = len(self.leaves), self._keys
        once = (particle.least, particle.most) == (1, 1)
        in_turn = group.compositor == "sequence" or len(group.particles) == 1
        node = self._group(group, plain=plain and once and in_turn)
        if node is None or once:
            return node
        del self.leaves[before:]
        after, self._keys = self._keys, keys

        def again() -> ExpressionPart:
            self._keys = keys
            made = self._group(group, plain=False)
            if made is None:
                raise Unread("a group that is empty only once")
            return made

        made = self._repeated(again, particle.least, particle.most)
        self._keys = after
        return made

    def _group(self, group: ModelGroup, *, plain: bool) -> ExpressionPart | None:
        parts = [self.build(inner, plain=plain) for inner in group.particles]
        built = [part for part in parts if part is not None]
        if not built:
            return None
        if group.compositor == "choice":
            node = _choice(built)
            if len(built) == 1 < len(group.particles):
                node = _optional(node)
            return node
        return in_sequence(built)

    def _term(
        self, term: _Term, least: int, most: int | None, *, plain: bool
    ) -> ExpressionPart | None:
        key = self._keys
        self._keys += 1
        if most == 0:
            return None
        simple = least <= 1 and most in (1, None)
        if self._counts and not simple:
            leaf = self._leaf(Leaf(term, key, least, most, counted=True))
            return _looped(leaf, optional=least == 0)
        if not simple and (plain or isinstance(term, Wildcard)):
            leaf = self._leaf(Leaf(term, key, bounds=(least, most)))
            return _looped(leaf, optional=least == 0)
        return self._repeated(lambda: self._leaf(Leaf(term, key)), least, most)

    def _leaf(self, leaf: Leaf) -> ExpressionPart:
        if len(self.leaves) > _MOST_LEAVES:
            raise Unread("a content with too many places")
        self.leaves.append(leaf)
        bit = 1 << (len(self.leaves) - 1)
        return ExpressionPart(bit, bit, nullable=False)

    def _repeated(
        self, make: Callable[[], ExpressionPart], least: int, most: int | None
    ) -> ExpressionPart:
        if (least, most) == (0, None):
            return _looped(make(), optional=True)
        if most is None:
            parts = [make() for _ in range(least - 1)]
            return in_sequence([*parts, _looped(make(), optional=False)])
        needed = [make() for _ in range(least)]
        return in_sequence([*needed, *(_optional(make()) for _ in range(most - least))])


def _optional(node: ExpressionPart) -> ExpressionPart:
    return ExpressionPart(node.first, node.last, True, node.follows)


def _looped(node: ExpressionPart, *, optional: bool) -> ExpressionPart:
    follows = [*node.follows, (node.last, node.first)]
    return ExpressionPart(node.first, node.last, optional or node.nullable, follows)


def _choice(nodes: Sequence[ExpressionPart]) -> ExpressionPart:
    node = nodes[0]
    for other in nodes[1:]:
        follows = node.follows + other.follows
        nullable = node.nullable or other.nullable
        node = ExpressionPart(node.first | other.first, node.last | other.last, nullable, follows)
    return node


def in_sequence(nodes: Sequence[ExpressionPart]) -> ExpressionPart:
    """One after the other."""
    node = nodes[0]
    for other in nodes[1:]:
        first = node.first | other.first if node.nullable else node.first
        last = node.last | other.last if other.nullable else other.last
        follows = [*node.follows, *other.follows, (node.last, other.first)]
        node = ExpressionPart(first, last, node.nullable and other.nullable, follows)
    return node
