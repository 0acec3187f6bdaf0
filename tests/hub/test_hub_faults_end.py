"""However rules end, nothing of them stays: all of them at once, with clients in the midst."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.live import LiveHub, until
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
RULES: list[dict[str, Any]] = [
    {"where": "network", "effect": "latency", "parameters": {"ms": 5, "jitterMs": 5}},
    {"where": "network", "effect": "bandwidth", "parameters": {"kbps": 2_000}},
    {"where": "network", "effect": "slice", "parameters": {"bytes": 100, "ms": 1}},
    {"where": "network", "effect": "cut", "parameters": {"bytes": 30_000}},
    {"where": "network", "effect": "reset", "probability": 0.2},
    {"where": "network", "effect": "refuse", "probability": 0.2},
    {"where": "network", "effect": "silence", "after": 50, "parameters": {"direction": "to-hub"}},
    {"where": "broker", "effect": "close-connection", "after": 5, "every": 7},
    {"where": "broker", "effect": "close-channel", "after": 3, "every": 5},
    {"where": "broker", "effect": "nack", "every": 3},
    {"where": "broker", "effect": "withhold-confirms", "every": 4},
    {"where": "broker", "effect": "block", "every": 6},
    {"where": "broker", "effect": "disk-alarm", "every": 9},
    {"where": "broker", "effect": "stall-heartbeats"},
    {"where": "broker", "effect": "cancel-consumers", "every": 2},
    {"where": "broker", "effect": "queue-full", "every": 2},
    {"where": "broker", "effect": "deny", "every": 3, "parameters": {"right": "write"}},
    {"where": "certificates", "effect": "present", "every": 4},
]
ENDS: dict[str, Callable[[LiveHub], object]] = {
    "cleared": lambda hub: hub.http("DELETE", "/api/v1/faults"),
    "reset": lambda hub: hub.http("POST", "/api/v1/reset"),
    "their seconds": lambda hub: hub.http("POST", "/api/v1/clock", {"advance": 1_000}),
}


def struggle(hub: LiveHub, enough: threading.Event) -> None:
    """A client that begins anew, whatever its library makes of what it meets."""
    while not enough.is_set():
        with contextlib.suppress(Exception), hub.connect(A) as one:
            one.channel.basic_consume(f"{A}.message", lambda *_: None)
            while not enough.is_set():
                one.publish(as_bytes(envelope(A, C)))


@pytest.mark.parametrize("end", ENDS)
def test_all_at_once_leave_nothing(hub: LiveHub, end: str) -> None:
    if hub.engine != "embedded":
        pytest.skip("RabbitMQ refuses most of them")
    enough = threading.Event()
    clients = [threading.Thread(target=struggle, args=(hub, enough)) for _ in range(3)]
    for client in clients:
        client.start()
    try:
        for rule in RULES:
            hub.http("POST", "/api/v1/faults", {**rule, "seconds": 500})
        until(lambda: sum(one["strikes"] > 0 for one in rules(hub)) > 4)
    finally:
        enough.set()
        ENDS[end](hub)
        for client in clients:
            client.join(60)
    assert not any(client.is_alive() for client in clients)
    if end == "their seconds":
        until(lambda: all(one["ended"] for one in rules(hub)))
        hub.http("DELETE", "/api/v1/faults")
    assert rules(hub) == []
    hub.http("POST", "/api/v1/reset")
    with hub.connect(A) as one, hub.connect(C) as recipient:
        for _ in range(20):
            one.publish(as_bytes(envelope(A, C)))
        for _ in range(20):
            recipient.take("message")
    assert hub.http("GET", "/ready")["reasons"] == []


def rules(hub: LiveHub) -> list[dict[str, Any]]:
    """The rules that are listed."""
    listed: list[dict[str, Any]] = hub.http("GET", "/api/v1/faults")["faults"]
    return listed
