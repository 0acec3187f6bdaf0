"""Reads what software prints: which codes a pasted text may mean, and which stack printed it.

Each row of `texts.yaml` that fits says codes and how sure its words are; codes come out by the
surest row that names them, then in the order of rows and of the codes within a row. Numbers and
names of the Hub's and AMQP's codes that stand in a text come behind what names a cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from hubemu.explain.knowledge import all_entries, entry, read
from hubemu.explain.pasting import readings

__all__ = ["codes_in", "stack_of"]

_BLANK = re.compile(r"(\[[^\]]*\])| ")
_NAMED, _NUMBERED = 2, 2


def codes_in(text: str) -> list[str]:
    """The ids of what a text may mean, likeliest first; empty when nothing in it is known."""
    best: dict[str, tuple[int, int]] = {}
    for place, (sure, id_) in enumerate(_found(readings(text))):
        rank = (-sure, place)
        if id_ not in best or rank < best[id_]:
            best[id_] = rank
    return sorted(best, key=best.__getitem__)


def stack_of(text: str) -> str | None:
    """The stack whose words a text has, if one gives itself away."""
    stacks: Mapping[str, str] = read("texts")["stacks"]
    ways = readings(text)
    return next((name for name, words in stacks.items() if _fits(words, ways)), None)


def _found(ways: Sequence[str]) -> Iterator[tuple[int, str]]:
    for row in read("texts")["rows"]:
        if _fits(row["text"], ways) and not ("unless" in row and _fits(row["unless"], ways)):
            for id_ in row["codes"]:
                yield row["sure"], id_
    for family, patterns in read("texts")["numbers"].items():
        for number in _numbers(patterns, ways):
            if entry(f"{family}:{number}") is not None:
                yield _NUMBERED, f"{family}:{number}"
    for known in all_entries():
        if known.name and _is_named(known.name, ways):
            yield _NAMED, known.id


def _fits(words: str, ways: Sequence[str]) -> bool:
    """Whether any reading of the text has the words."""
    return any(_pattern(words).search(one) for one in ways)


def _is_named(name: str, ways: Sequence[str]) -> bool:
    spelt = re.compile(rf"\b{name.replace('_', '[_-]')}\b")
    return any(spelt.search(one) for one in ways)


def _numbers(patterns: Sequence[str], ways: Sequence[str]) -> list[str]:
    found = (number for one in patterns for way in ways for number in _pattern(one).findall(way))
    return list(dict.fromkeys(found))


@cache
def _pattern(words: str) -> re.Pattern[str]:
    spaced = _BLANK.sub(lambda found: found[1] or r"\s+", words)
    return re.compile(spaced, re.IGNORECASE | re.MULTILINE)
