"""What fault rules cost each message that they do not strike.

    python benchmarks/faults.py

The Hub of `hub_core.py`, one for all, its rules changed between rounds: none, one that matches
nothing, one of probability 0. Processor time: for each kind the best round, and the middle of the
ratios to the round without rules just before.
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
    "no rule, again": [],
    "a rule that matches nothing": [{"effect": "drop", "match": {"recipient": "fr.health.nobody"}}],
    "probability 0": [{"effect": "drop", "probability": 0, "match": {"recipient": RECIPIENT}}],
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=500, help="messages a round")
    parser.add_argument("--rounds", type=int, default=60)
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
    for turn in range(options.rounds + 1):
        for name, rules in RULES.items():
            for rule in rules:
                await book.add(read_rule(rule))
            messages = [hub.window() for _ in range(options.count // WINDOW)]
            started = time.process_time()
            await hub.pass_messages(messages)
            if turn:
                took[name].append(time.process_time() - started)
            await book.clear()
        gc.freeze()
    first = took["no rule"]
    for name, times in took.items():
        middle = statistics.median(map(lambda one, base: one / base, times, first))
        print(f"{name:<28} {min(times) / options.count * 1e6:7.1f} us a message {middle:7.3f}")


if __name__ == "__main__":
    sys.exit(main())
