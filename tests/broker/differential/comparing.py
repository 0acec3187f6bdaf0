"""Where two brokers differ in what they answer to the same dialogue, and whether that is known."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.broker.differential.brokers import on_the_embedded_broker, on_the_node
from tests.broker.differential.generating import Dialogue
from tests.broker.differential.playing import Played

__all__ = ["Difference", "compare", "compare_whole_with_cut", "shrink"]

_AGAIN: Final = 3
"""Times a node must repeat itself before it is believed to differ."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first step at which they differ, and all that was said until then."""

    dialogue: Dialogue
    embedded: dict[str, Any]
    node: dict[str, Any]

    def __str__(self) -> str:
        steps = ",\n ".join(map(json.dumps, self.dialogue))
        here, there = json.dumps(self.embedded), json.dumps(self.node)
        return f"[{steps}]\n  embedded: {here}\n  RabbitMQ: {there}"


def compare(dialogue: Dialogue, port: int) -> Difference | None:
    """Play it on both; what a node does now one way and now another is no difference."""
    found: Difference | None = None
    for _ in range(_AGAIN):
        node, times = on_the_node(dialogue, port)
        difference = _first(dialogue, on_the_embedded_broker(dialogue, times), node)
        if difference is None or (found is not None and difference != found):
            return None
        found = difference
    return found


def compare_whole_with_cut(dialogue: Dialogue, chance: random.Random) -> Difference | None:
    """Play it on the embedded broker only, whole and with all bytes in pieces (`node`)."""
    times = [float(number) / 100 for number in range(len(dialogue))]
    whole = on_the_embedded_broker(dialogue, times)
    return _first(dialogue, whole, on_the_embedded_broker(dialogue, times, chance))


def shrink(found: Difference, play: Callable[[Dialogue], Difference | None]) -> Difference:
    """A difference of a shorter dialogue: without the steps that do not matter."""
    size = len(found.dialogue) // 2
    while size:
        at = 0
        while at < len(found.dialogue):
            shorter = found.dialogue[:at] + found.dialogue[at + size :]
            if shorter and (difference := play(shorter)) is not None:
                found = difference
            else:
                at += size
        size //= 2
    return found


def _first(dialogue: Dialogue, embedded: Played, node: Played) -> Difference | None:
    for number, (here, there) in enumerate(zip(embedded, node, strict=True)):
        if here != there:
            return Difference(dialogue[: number + 1], *_apart(here, there))
    return None


def _apart(here: dict[str, Any], there: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts that differ."""
    names = [name for name in {**here, **there} if here.get(name) != there.get(name)]
    return (
        {name: here[name] for name in names if name in here},
        {name: there[name] for name in names if name in there},
    )
