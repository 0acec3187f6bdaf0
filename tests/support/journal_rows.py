"""A journal whose clock stands still, and rows in it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.journal import Entry
from hubemu.journal.journal import Journal
from hubemu.properties import Properties

__all__ = ["QUEUE", "added", "entry", "ids", "journal", "message"]

QUEUE = "fr.health.samuB.message"


def journal(**bounds: Any) -> Journal:
    """An empty journal."""
    return Journal(Clock(lambda: 1_732_540_000.25), **bounds)


def entry(of: Journal, **fields: Any) -> Entry:
    """A row that is not in the journal yet: a small message that has been routed."""
    made: dict[str, Any] = {
        "id": of.new_id(),
        "at": 1_732_540_000.25,
        "vhost": "15-15_v2.0",
        "sender": "fr.health.samuA",
        "body": b"{}",
        "header": encode_properties(Properties(content_type="application/json")),
        "outcome": "routed",
        "unacknowledged": 1,
    }
    return Entry(**(made | fields))


def added(to: Journal, **fields: Any) -> Entry:
    """The same in the journal."""
    one = entry(to, **fields)
    to.add(one)
    to.tell(one)
    return one


def ids(of: Journal, **query: Any) -> list[str]:
    """The ids that a query selects."""
    return [one.id for one in of.select(**query).entries]


def message(token: object) -> Any:
    """A message as the broker tells the journal of it."""
    return SimpleNamespace(token=token)
