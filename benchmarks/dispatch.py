"""Microseconds the dispatcher spends on one message, part by part, without broker or sockets.

    python benchmarks/dispatch.py

The message is a valid RS-EDA of model 2.0.0 of about 3 KB in JSON, from samuA to samuC (who reads
JSON). `decide` includes parsing, every check and writing; `journal` is what one message costs the
journal from its reception to its acknowledgement.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher import Delivery, VHostContext, decide
from hubemu.journal import Entry, Forwarded
from hubemu.journal.journal import Journal
from hubemu.messages import example_message, load_release
from hubemu.properties import Properties
from hubemu.routing import load_routing
from hubemu.settings import Settings

VHOST = "15-15_v2.0"
SENDER, RECIPIENT = "fr.health.samuA", "fr.health.samuC"
GOOD = encode_properties(Properties(content_type="application/json", delivery_mode=2))


def main() -> None:
    """Measure and print."""
    clock = Clock()
    release = load_release("2.0.0")
    context = VHostContext.of(VHOST, release, load_routing(), Settings(home=Path("unused")))
    # Optional fields drawn with this seed make it about as large as a real one.
    body = example_message(
        "RS-EDA", release, sender=SENDER, recipient=RECIPIENT, extent="random", seed=31
    )
    delivery = Delivery("m1", VHOST, SENDER, body, GOOD, False, clock.now())
    envelope = release.parse(body, "json")
    parts: dict[str, Callable[[], Any]] = {
        "parse": lambda: release.parse(body, "json"),
        "write": lambda: release.write(envelope, "json"),
        "decide": lambda: decide(delivery, context, clock.now),
        "journal": journal_cost(clock, body),
    }
    print(f"message of {len(body)} bytes")
    for name, part in parts.items():
        print(f"{name:8} {microseconds(part):7.1f} us")


def journal_cost(clock: Clock, body: bytes) -> Callable[[], None]:
    """One message through a full journal: kept, then followed to its acknowledgement."""
    journal = Journal(clock)

    def one() -> None:
        now = clock.now()
        entry = Entry(
            id=journal.new_id(),
            at=now,
            vhost=VHOST,
            sender=SENDER,
            body=body,
            header=GOOD,
            outcome="routed",
            forwarded=[Forwarded("q", body, GOOD)],
            trace=[("check", now, "") for _ in range(11)],
            unacknowledged=1,
        )
        journal.add(entry)
        journal.tell(entry)
        message: Any = SimpleNamespace(token=entry.id)
        journal.delivered(VHOST, "q", message, RECIPIENT)
        journal.acknowledged(VHOST, "q", message)

    for _ in range(12_000):
        one()
    return one


def microseconds(part: Callable[[], Any], *, rounds: int = 7, times: int = 2_000) -> float:
    """The best mean of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            part()
        best = min(best, time.perf_counter() - start)
    return best / times * 1e6


if __name__ == "__main__":
    main()
