"""Header values, properties and arguments by chance, weighted to the edges of every type."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from tests.broker.differential.values import typed

__all__ = ["EXCHANGES", "KEYS", "LEASE", "NOBODYS", "PREDECLARED", "QUEUES", "SHORT", "Odd"]

QUEUES: Final = ("q1", "q2", "q3", "q4")
EXCHANGES: Final = ("e1", "e2", "e3")
PREDECLARED: Final = ("", "amq.direct", "amq.fanout", "amq.topic", "amq.headers")
NOBODYS: Final = ("a", "a.b", "a.b.c")
"""Routing keys that are the name of no queue."""
KEYS: Final = (*QUEUES, *NOBODYS, "", "x" * 255)
SHORT: Final = 300
"""Milliseconds of a time-to-live that ends within a dialogue."""
LEASE: Final = 1_500
"""Milliseconds of the lease of a queue, longer than a crowded machine needs for a step."""
_LONG: Final = 3_600_000
_EDGES: Final = (0, 1, -1, 2**31 - 1, -(2**31))
_WIDE: Final = (0, 1, -1, 2**63 - 1, -(2**63), 2**31, 2**53 + 1)
_REASONS: Final = ("rejected", "expired", "maxlen", "delivery_limit", "odd", "")


class Odd:
    """Values that a client may send.

    Args:
        chance: decides everything.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def often(self, share: float) -> bool:
        """True in this share of all cases."""
        return self._chance.random() < share

    def one(self, choices: Sequence[Any]) -> Any:
        """One of them."""
        return self._chance.choice(choices)

    def value(self, depth: int = 0) -> Any:
        """A value of a table."""
        makers: list[Callable[[], Any]] = [
            lambda: self.one(_EDGES),
            lambda: typed("int64", self.one(_WIDE)),
            lambda: self.one(("", "a", "é", "1", "x" * 300)),
            lambda: self.one((True, False, None)),
            lambda: typed("binary", self.one(("", "61", "00ff"))),
            lambda: typed("bytes", self.one(("ff", "fe00"))),
            lambda: typed("decimal", self.one(("1", "0", "1.5", "0.001", "4294967295"))),
            lambda: typed("timestamp", self.one((0, 1, 2**63, 2**64 - 1, 86400))),
            lambda: self.one((0.0, 1.0, -1.5, 1e300)),
            lambda: typed("float32", self.one((0.5, -1.0))),
            lambda: typed("int8", self.one((-128, 127, 1))),
            lambda: typed("uint8", self.one((255, 1))),
            lambda: typed("int16", self.one((-(2**15), 2**15 - 1))),
            lambda: typed("uint16", 2**16 - 1),
            lambda: typed("uint32", 2**32 - 1),
        ]
        if depth < 3:
            makers += [lambda: self._table(depth), lambda: self._array(depth)] * 2
        return self.one(makers)()

    def argument(self) -> Any:
        """A value of an argument; one that a refusal quotes must be readable."""
        while '"bytes"' in json.dumps(value := self.value()):
            pass
        return value

    def _table(self, depth: int) -> dict[str, Any]:
        names = [self.one(("k", "l", "x-k", "")) for _ in range(self.one((0, 0, 1, 2)))]
        return {name: self.value(depth + 1) for name in names}

    def _array(self, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(self.one((0, 0, 1, 2)))]

    def headers(self) -> dict[str, Any]:
        """The headers of a message."""
        names = [self.one(("k", "l", "m", "x-k")) for _ in range(self._chance.randrange(3))]
        headers = {name: self.value() if self.often(0.7) else 1 for name in names}
        if self.often(0.2):
            headers["x-death"] = [self._death() for _ in range(self.one((0, 1, 1, 2, 3)))]
        if self.often(0.02):
            headers["x-death"] = self.value()
        for name in ("CC", "BCC"):
            if self.often(0.08):
                headers[name] = [self.one(KEYS) for _ in range(self.one((0, 1, 2, 3)))]
            elif self.often(0.01):
                headers[name] = self.value()
        for name in ("x-first-death-queue", "x-first-death-reason", "x-delivery-count"):
            if self.often(0.03):
                headers[name] = self.value()
        return headers

    def _death(self) -> dict[str, Any]:
        """An entry of a forged `x-death`; RabbitMQ's queue crashes of a count that is a text."""
        death: dict[str, Any] = {
            "count": typed("int64", self.one(_WIDE)) if self.often(0.5) else self.one(_EDGES),
            "reason": self.one(_REASONS),
            "queue": self.one(QUEUES),
            "time": typed("timestamp", 0),
            "exchange": self.one((*EXCHANGES, "")),
            "routing-keys": [self.one(KEYS)],
        }
        if self.often(0.2):
            death[self.one(("reason", "queue", "time", "exchange", "routing-keys", "k"))] = (
                self.value()
            )
        if self.often(0.15):
            del death[self.one([name for name in death if name != "count"])]
        return death

    def properties(self) -> dict[str, Any]:
        """The properties of a message."""
        found: dict[str, Any] = {}
        if self.often(0.5):
            found["headers"] = self.headers()
        if self.often(0.5):
            found["delivery_mode"] = self.one((1, 2, 2)) if self.often(0.99) else self.one((0, 3))
        if self.often(0.2):
            found["priority"] = self.one((0, 1, 2, 3, 5, 10, 11, 255))
        if self.often(0.15):
            usual = (0, 0, SHORT, _LONG, 4294967295)
            found["expiration"] = str(
                self.one(usual if self.often(0.95) else ("", "-1", "a", 2**32, "1.5", " 1"))
            )
        for name in ("content_type", "content_encoding", "correlation_id", "message_id", "app_id"):
            if self.often(0.06):
                found[name] = self.one(("", "text", "é"))
        if self.often(0.06):
            found["timestamp"] = self.one((0, 1, 2**64 - 1))
        if self.often(0.04):
            found["user_id"] = self.one(("guest", "guest", "", "other"))
        if self.often(0.04):
            found["reply_to"] = self.one(("q1", "", "amq.rabbitmq.reply-to"))
        for name in ("type", "cluster_id"):
            if self.often(0.04):
                found[name] = "t"
        return found

    def queue_arguments(self, quorum: bool) -> dict[str, Any]:
        """The arguments of a queue, mostly valid ones."""
        usual: dict[str, tuple[float, tuple[Any, ...]]] = {
            "x-message-ttl": (0.15, (0, SHORT, _LONG)),
            "x-max-length": (0.35, (0, 1, 2, 3, 5)),
            "x-max-length-bytes": (0.1, (0, 1, 10, 100)),
            "x-overflow": (0.3, ("drop-head", "reject-publish", "reject-publish-dlx")),
            "x-dead-letter-exchange": (0.45, ("", "", "e1", "e2", "e9", "amq.fanout")),
            "x-dead-letter-routing-key": (0.3, KEYS),
            "x-single-active-consumer": (0.12, (True, True, False)),
        }
        if quorum:
            usual["x-delivery-limit"] = (0.4, (0, 1, 2, 10))
        else:
            usual["x-expires"] = (0.06, (LEASE, _LONG))
            usual["x-max-priority"] = (0.15, (1, 3, 10))
            usual["x-queue-mode"] = (0.1, ("lazy", "default"))
            usual["x-queue-version"] = (0.1, (1, 2))
        found = {name: self.one(some) for name, (share, some) in usual.items() if self.often(share)}
        if self.often(0.05):
            found[self.one([*usual, "x-delivery-limit", "x-max-priority", "x-k"])] = self.argument()
        if "x-dead-letter-exchange" not in found and self.often(0.95):
            found.pop("x-dead-letter-routing-key", None)
        if self.often(0.1) and type(found.get("x-max-length")) is int:
            found["x-max-length"] = typed("int64", found["x-max-length"])
        return found
