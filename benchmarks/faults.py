"""What fault rules cost each message that they do not strike.

    python benchmarks/faults.py

The Hub of `hub_core.py`, one for all, its rules changed between rounds: none, one that matches
nothing, one of probability 0. Processor time: for each kind the best round, and the middle of the
ratios of two rounds to the two without rules just before and just after them, with its standard
error: the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.hub_core import RECIPIENT, WINDOW, HubWithoutSockets
from hubemu.clock import Clock
from hubemu.dispatcher.context import contexts_of
from hubemu.faults.book import RuleBook
from hubemu.faults.dispatch.effects import DispatchEffects
from hubemu.faults.reading import read_rule
from hubemu.routing import load_routing
from hubemu.settings import Settings

RULES: dict[str, list[dict[str, Any]]] = {
    "no rule": [],
    "a rule that matches nothing": [{"effect": "drop", "match": {"recipient": "fr.health.nobody"}}],
    "probability 0": [{"effect": "drop", "probability": 0, "match": {"recipient": RECIPIENT}}],
}
ANY = RULES["probability 0"]
"""Added and cleared where none is to be in force: what adding costs is no part of this."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=500, help="messages a round")
    parser.add_argument("--rounds", type=int, default=40)
    asyncio.run(measure(parser.parse_args()))
    return 0


async def measure(options: argparse.Namespace) -> None:
    """Rounds of messages through the Hub, under each kind of rules in turn."""
    clock = Clock()
    contexts = contexts_of(load_routing(), Settings(home=Path("unused")))
    effects = DispatchEffects(contexts, clock, None, lambda *_: None)
    book = RuleBook(clock, seed=1)
    book.install(("dispatch", "converter"), effects)
    hub = HubWithoutSockets(effects)
    took: dict[str, list[float]] = {name: [] for name in RULES}
    ratios: dict[str, list[float]] = {name: [] for name in RULES}
    for turn in range(options.rounds + 1):
        for name, rules in RULES.items():
            before, *under, after = [
                await _round(hub, book, one, options.count) for one in ([], rules, rules, [])
            ]
            if turn:
                took[name] += under
                ratios[name].append(sum(under) / (before + after))
    for name, times in took.items():
        middle = statistics.median(ratios[name])
        spread = statistics.stdev(ratios[name]) / len(ratios[name]) ** 0.5
        best = min(times) / options.count * 1e6
        print(f"{name:<28} {best:7.1f} us a message {middle:7.3f} +- {spread:.3f}")


async def _round(
    hub: HubWithoutSockets, book: RuleBook, rules: list[dict[str, Any]], count: int
) -> float:
    """Processor seconds of so many messages under some rules."""
    for rule in rules or ANY:
        await book.add(read_rule(rule))
    if not rules:
        await book.clear()
    messages = [hub.window() for _ in range(count // WINDOW)]
    gc.collect()
    gc.freeze()
    await hub.pass_messages([hub.window()])
    started = time.process_time()
    await hub.pass_messages(messages)
    took = time.process_time() - started
    await book.clear()
    return took


if __name__ == "__main__":
    sys.exit(main())
