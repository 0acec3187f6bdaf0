"""Texts that match a pattern, drawn at random: for the part of regular expressions models use.

Literals, escapes, classes, groups, alternatives, `? + * {m} {m,n}` and anchors. Letters and digits
are ASCII and never `_`, so that the text also passes as XML (facts: validation 3, the `\\w` trap).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

__all__ = ["PatternError", "draw"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_ESCAPES = {"d": _DIGITS, "w": _LETTERS + _DIGITS}
_BOUNDS = re.compile(r"\{(\d+)(,(\d*))?\}")
_MOST_TIMES = 1_000
_MORE = 2
"""How often `+` and `*` repeat at most beyond what they must."""

_Piece = Callable[[Random], str]


class PatternError(ValueError):
    """The pattern has something that is not drawn here."""


def draw(pattern: str, random: Random) -> str:
    """A text that the whole of `pattern` matches.

    Raises:
        PatternError: the pattern is beyond the part of the syntax known here.
    """
    reader = _Reader(pattern.removeprefix("^").removesuffix("$"))
    piece = reader.alternatives()
    if reader.rest:
        raise PatternError(f"cannot draw a text for {pattern!r}")
    return piece(random)


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.rest = pattern

    def alternatives(self) -> _Piece:
        choices = [self._sequence()]
        while self._take("|"):
            choices.append(self._sequence())
        return lambda random: random.choice(choices)(random)

    def _sequence(self) -> _Piece:
        pieces: list[_Piece] = []
        while self.rest and self.rest[0] not in "|)":
            pieces.append(self._repeated(self._atom()))
        return lambda random: "".join(piece(random) for piece in pieces)

    def _atom(self) -> _Piece:
        if self._take("("):
            self._take("?:")
            inner = self.alternatives()
            if not self._take(")"):
                raise PatternError("a group is not closed")
            return inner
        chars = self._class() if self._take("[") else self._one()
        return lambda random: random.choice(chars)

    def _one(self) -> str:
        head, self.rest = self.rest[0], self.rest[1:]
        if head != "\\":
            return _LETTERS if head == "." else head
        escaped, self.rest = self.rest[0], self.rest[1:]
        return _ESCAPES.get(escaped, escaped)

    def _class(self) -> str:
        chars = ""
        while not self._take("]"):
            if not self.rest or (self.rest[0] == "^" and not chars):
                raise PatternError("a class is not closed, or is negated")
            first = self._one()
            ranged = len(first) == 1 and self.rest[:1] == "-" and self.rest[1:2] not in ("]", "")
            if ranged and self._take("-"):
                last = self._one()
                chars += "".join(map(chr, range(ord(first), ord(last) + 1)))
            else:
                chars += first
        return chars.replace("_", "") or "_"

    def _repeated(self, piece: _Piece) -> _Piece:
        least, most = self._bounds()
        if most > _MOST_TIMES:
            raise PatternError(f"a part comes more than {_MOST_TIMES} times")
        return lambda random: "".join(piece(random) for _ in range(random.randint(least, most)))

    def _bounds(self) -> tuple[int, int]:
        for sign, bounds in (("?", (0, 1)), ("+", (1, 1 + _MORE)), ("*", (0, _MORE))):
            if self._take(sign):
                return bounds
        found = _BOUNDS.match(self.rest)
        if not found:
            return 1, 1
        self.rest = self.rest[found.end() :]
        least = int(found[1])
        if found[2] is None:
            return least, least
        return least, int(found[3]) if found[3] else least + _MORE

    def _take(self, text: str) -> bool:
        if not self.rest.startswith(text):
            return False
        self.rest = self.rest.removeprefix(text)
        return True
