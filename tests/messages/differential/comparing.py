"""Bodies asked of Jackson and of hubemu, and where the answers differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from tests.messages.differential.generating import json_body, xml_body
from tests.messages.differential.jackson import Answer, Jackson
from tests.messages.differential.reading import read

__all__ = ["Difference", "compare", "differences"]

WISHES = {"json": "jxq", "xml": "wrs"}
_BATCH = 20


class Difference(NamedTuple):
    """A body of which the two say different things, and what."""

    wanted: str
    body: bytes
    theirs: Answer
    ours: Answer


def differences(jackson: Jackson, written: str, seed: int, count: int) -> Iterator[Difference]:
    """Where the answers about `count` bodies from that seed on differ."""
    make = json_body if written == "json" else xml_body
    for first in range(seed, seed + count, _BATCH):
        seeds = range(first, min(first + _BATCH, seed + count))
        yield from compare(jackson, written, [make(Random(one)) for one in seeds])


def compare(jackson: Jackson, written: str, bodies: Sequence[bytes]) -> Iterator[Difference]:
    """Where the answers about those bodies differ."""
    wishes = [(wanted, body) for body in bodies for wanted in WISHES[written]]
    refused = b""
    for (wanted, body), theirs in zip(wishes, jackson.ask_all(wishes), strict=True):
        if wanted == "w" and theirs.outcome == "E":
            refused = body
        if wanted == "r" and body is refused:
            continue  # it does not come so far
        ours = read(wanted, body)
        if theirs.outcome != ours.outcome or (theirs.outcome == "V" and theirs.text != ours.text):
            yield Difference(wanted, body, theirs, ours)
