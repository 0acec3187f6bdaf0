"""The regular expressions of XSD, matched in time linear in the text.

Whole texts match, `^` and `$` are plain characters, `\\w` is what is neither punctuation, separator
nor control (facts: validation 3). A pattern becomes an automaton whose sets of places are worked
out as texts need them: nothing is tried twice, whatever the pattern.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hubemu.messages.xerces.blocks import BLOCKS
from hubemu.messages.xerces.unread import Unread

__all__ = ["Regex"]

_CharTest = Callable[[str], bool]
_MOST_PLACES = 20_000
_MOST_SETS = 5_000
"""Sets of places that are kept of one pattern; beyond, they are worked out again."""
_SPACES = frozenset(" \t\n\r")
_NAME_EXTRA = frozenset(".-_:\N{MIDDLE DOT}")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_PLAIN_ESCAPES = frozenset("\\|.^-?*+{}()[]$")
_END = 0
"""The place behind the whole pattern."""


@dataclass(frozen=True, slots=True)
class _Char:
    test: _CharTest


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Any:
    choices: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Times:
    what: _Node
    least: int
    most: int | None


_Node = _Char | _All | _Any | _Times


class Regex:
    """One pattern.

    Raises:
        Unread: it is beyond the syntax of XSD 1.0, or too large.
    """

    def __init__(self, pattern: str) -> None:
        reader = _Reader(pattern)
        node = reader.choices()
        if reader.rest():
            raise Unread(f"pattern {pattern!r}")
        self._tests: list[_CharTest | None] = [None]
        self._after: list[frozenset[int]] = [frozenset()]
        self._start = self._build(node, frozenset((_END,)))
        self._known: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        places, known = self._start, self._known
        for char in text:
            found = known.get((places, char))
            if found is None:
                found = self._step(places, char)
            if not found:
                return False
            places = found
        return _END in places

    def _step(self, places: frozenset[int], char: str) -> frozenset[int]:
        found: set[int] = set()
        for place in places:
            test = self._tests[place]
            if test is not None and test(char):
                found |= self._after[place]
        if len(self._known) >= _MOST_SETS:
            self._known.clear()
        self._known[places, char] = reached = frozenset(found)
        return reached

    def _build(self, node: _Node, then: frozenset[int]) -> frozenset[int]:
        """The places at which `node` begins, `then` being those behind it."""
        if isinstance(node, _Char):
            if len(self._tests) > _MOST_PLACES:
                raise Unread("a pattern with too many repetitions")
            self._tests.append(node.test)
            self._after.append(then)
            return frozenset((len(self._tests) - 1,))
        if isinstance(node, _All):
            for part in reversed(node.parts):
                then = self._build(part, then)
            return then
        if isinstance(node, _Any):
            return frozenset().union(*(self._build(choice, then) for choice in node.choices))
        return self._build_times(node, then)

    def _build_times(self, node: _Times, then: frozenset[int]) -> frozenset[int]:
        if node.most is None:
            first = len(self._tests)
            begin = self._build(node.what, then)
            self._loop(range(first, len(self._tests)), then, begin)
            begin |= then
        else:
            begin = then
            for _ in range(node.most - node.least):
                begin = self._build(node.what, begin) | then
        for _ in range(node.least):
            begin = self._build(node.what, begin)
        return begin

    def _loop(self, places: Iterable[int], then: frozenset[int], begin: frozenset[int]) -> None:
        """Lead what leads behind a repeated part to its beginning as well."""
        for place in places:
            if then <= self._after[place]:
                self._after[place] |= begin


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0

    def rest(self) -> str:
        """What has not been read."""
        return self._text[self._at :]

    def choices(self) -> _Node:
        """Sequences between bars."""
        found = [self._sequence()]
        while self._take("|"):
            found.append(self._sequence())
        return found[0] if len(found) == 1 else _Any(tuple(found))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))
        return _All(tuple(parts))

    def _repeated(self, node: _Node) -> _Node:
        for sign, least, most in (("?", 0, 1), ("*", 0, None), ("+", 1, None)):
            if self._take(sign):
                return _Times(node, least, most)
        if not self._take("{"):
            return node
        inside, closed, _ = self.rest().partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not low.isdecimal() or not (high.isdecimal() or not high):
            raise Unread(f"pattern {self._text!r}")
        self._at += len(inside) + 1
        return _Times(node, int(low), (int(high) if high else None) if comma else int(low))

    def _atom(self) -> _Node:
        if self._take("("):
            node = self.choices()
            if not self._take(")"):
                raise Unread(f"pattern {self._text!r}")
            return node
        if self._take("["):
            return _Char(self._class())
        if self._take("."):
            return _Char(lambda char: char not in "\n\r")
        if self._take("\\"):
            return _Char(self._escape())
        return _Char(_same(self._next()))

    def _class(self) -> _CharTest:
        """A class, its opening bracket read."""
        negated = self._take("^")
        tests: list[_CharTest] = []
        without: _CharTest | None = None
        while not self._take("]"):
            if tests and self.rest().startswith("-["):
                self._at += 2
                without = self._class()
            else:
                tests.append(self._class_item())
        return _class_test(tuple(tests), negated=negated, without=without)

    def _class_item(self) -> _CharTest:
        if self._take("\\"):
            if self.rest()[:1] not in _PLAIN_ESCAPES | _ESCAPED.keys():
                return self._escape()
            first = self._escaped_char()
        else:
            first = self._next()
        rest = self.rest()
        if not rest.startswith("-") or rest.startswith(("-]", "-[")):
            return _same(first)
        self._at += 1
        last = self._escaped_char() if self._take("\\") else self._next()
        return lambda char: first <= char <= last

    def _escaped_char(self) -> str:
        char = self._next()
        return _ESCAPED.get(char, char)

    def _escape(self) -> _CharTest:
        """What stands behind a backslash."""
        char = self._next()
        if char in "pP":
            return self._category(negated=char == "P")
        if char.lower() in _SHORTHANDS:
            test = _SHORTHANDS[char.lower()]
            return _not(test) if char.isupper() else test
        if char not in _PLAIN_ESCAPES and char not in _ESCAPED:
            raise Unread(f"pattern {self._text!r}")
        return _same(_ESCAPED.get(char, char))

    def _category(self, *, negated: bool) -> _CharTest:
        inside, closed, _ = self.rest().removeprefix("{").partition("}")
        if not closed or not self._take("{"):
            raise Unread(f"pattern {self._text!r}")
        self._at += len(inside) + 1
        test = self._block(inside) if inside.startswith("Is") else _category_test(inside)
        return _not(test) if negated else test

    def _block(self, name: str) -> _CharTest:
        ranges = BLOCKS.get(name.removeprefix("Is"))
        if ranges is None:
            raise Unread(f"pattern {self._text!r}")
        return lambda char: any(first <= ord(char) <= last for first, last in ranges)

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise Unread(f"pattern {self._text!r}")
        self._at += 1
        return self._text[self._at - 1]

    def _take(self, sign: str) -> bool:
        taken = self._text.startswith(sign, self._at)
        self._at += len(sign) if taken else 0
        return taken


def _same(wanted: str) -> _CharTest:
    return lambda char: char == wanted


def _category_test(wanted: str) -> _CharTest:
    return lambda char: unicodedata.category(char).startswith(wanted)


def _not(test: _CharTest) -> _CharTest:
    return lambda char: not test(char)


def _class_test(
    tests: tuple[_CharTest, ...], *, negated: bool, without: _CharTest | None
) -> _CharTest:
    def test(char: str) -> bool:
        inside = any(one(char) for one in tests) != negated
        return inside and not (without is not None and without(char))

    return test


def _is_initial(char: str) -> bool:
    return char in "_:" or unicodedata.category(char)[0] == "L"


def _is_name_char(char: str) -> bool:
    return char in _NAME_EXTRA or unicodedata.category(char)[0] in "LM" or char.isdecimal()


_SHORTHANDS: dict[str, _CharTest] = {
    "d": lambda char: unicodedata.category(char) == "Nd",
    "w": lambda char: unicodedata.category(char)[0] not in "PZC",
    "s": lambda char: char in _SPACES,
    "i": _is_initial,
    "c": _is_name_char,
}
