"""A dialogue from a seed: mostly valid, with few names, so that much of it meets.

A step is `[connection, channel, what, fields]`; `what` is a method or one of `publish`, `settle`,
`wait`, `close` and `drop`. A channel or connection that is not open is opened first.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.broker.differential.odd import EXCHANGES, KEYS, LEASE, PREDECLARED, QUEUES, SHORT, Odd

__all__ = ["Dialogue", "Step", "dialogue"]

Step: TypeAlias = list[Any]
Dialogue: TypeAlias = list[Step]
_Move: TypeAlias = Callable[[], tuple[str, dict[str, Any]]]
_TAGS = ("c1", "c2", "c3", "c4", "c5", "c6")
_PATTERNS = (*KEYS, "#", "*", "a.*", "#.b", "a.#.c")


def dialogue(seed: int) -> Dialogue:
    """The dialogue of a seed."""
    return _Generator(random.Random(seed)).dialogue()


class _Generator:
    def __init__(self, chance: random.Random) -> None:
        self._odd = Odd(chance)
        self._chance = chance
        self._bodies = 0
        self._connections = chance.choice((1, 1, 2, 3))
        self._quorum = chance.random() < 0.25
        self._queues: dict[str, dict[str, Any]] = {}
        self._exchanges: dict[str, dict[str, Any]] = {}
        self._moves = self._choice_of_moves()

    def dialogue(self) -> Dialogue:
        steps = [self._step(self.queue), self._step(self.exchange), self._step(self.queue)]
        steps += [self._step(self._chance.choice((self.queue, self.bind))) for _ in range(3)]
        length = self._chance.randrange(5, 30)
        return steps + [self._step(self._chance.choice(self._moves)) for _ in range(length)]

    def _step(self, move: _Move) -> Step:
        what, fields = move()
        connection = self._chance.randrange(1, self._connections + 1)
        # docs/fidelity.md: what channels that end together hand on to each other is counted there.
        channel = self._chance.choice((1, 1, 1) if self._quorum else (1, 1, 2))
        return [connection, channel, what, fields]

    def _choice_of_moves(self) -> list[_Move]:
        """This dialogue's moves: some kinds of it are left out, so that others meet more often."""
        every: list[tuple[int, _Move]] = [
            (30, self.publish),
            (24, self.settle),
            (10, self.get),
            (8, self.consume),
            (3, self.cancel),
            (3, self.recover),
            (3, self.qos),
            (2, self.queue),
            (2, self.exchange),
            (5, self.bind),
            (1, self.unbind),
            (2, self.confirm),
            (1, self.purge),
            (1, self.delete),
            (2, self.leave),
            (1, self.wait),
        ]
        if self._odd.often(0.2):
            every += [(10, self.transaction)]
        return [move for weight, move in every if self._odd.often(0.85) for _ in range(weight)] or [
            self.publish
        ]

    def _queue(self) -> str:
        """The name of a queue, mostly of one that was declared."""
        there = self._queues and self._odd.often(0.96)
        return str(self._odd.one(tuple(self._queues) if there else QUEUES))

    def _exchange(self) -> str:
        there = self._exchanges and self._odd.often(0.96)
        return str(self._odd.one(tuple(self._exchanges) if there else EXCHANGES))

    # Declarations

    def queue(self) -> tuple[str, dict[str, Any]]:
        odd = self._odd
        name = odd.one([one for one in QUEUES if one not in self._queues] or QUEUES)
        if self._queues and odd.often(0.2):
            return "queue.declare", self._queues[self._queue_there()]
        if odd.often(0.05):
            return "queue.declare", {"queue": name, "passive": True}
        if odd.often(0.03):
            return "queue.declare", {"queue": "", "exclusive": True}
        quorum = self._quorum and odd.often(0.7)
        fields: dict[str, Any] = {"queue": name, "arguments": odd.queue_arguments(quorum)}
        if quorum:
            fields["arguments"]["x-queue-type"] = "quorum"
        elif odd.often(0.1):
            fields["arguments"]["x-queue-type"] = "classic"
        fields["durable"] = odd.often(0.97 if quorum else 0.5)
        for flag in ("exclusive", "auto_delete", "nowait"):
            fields[flag] = odd.often(0.02 if quorum else 0.1)
        self._queues[name] = {name: value for name, value in fields.items() if value}
        return "queue.declare", self._queues[name]

    def _queue_there(self) -> str:
        return str(self._odd.one(tuple(self._queues)))

    def exchange(self) -> tuple[str, dict[str, Any]]:
        odd = self._odd
        kinds = ("direct", "fanout", "topic", "headers")
        name = odd.one([one for one in EXCHANGES if one not in self._exchanges] or EXCHANGES)
        fields: dict[str, Any] = {"exchange": name, "exchange_type": odd.one(kinds)}
        if odd.often(0.2):
            fields["arguments"] = {"alternate-exchange": odd.one((*EXCHANGES, "amq.fanout", "e9"))}
        if odd.often(0.04):
            fields["arguments"] = {"alternate-exchange": odd.argument()}
        if odd.often(0.02):
            fields["exchange_type"] = odd.one(("odd", ""))
        for flag, share in (
            ("durable", 0.4),
            ("auto_delete", 0.15),
            ("internal", 0.1),
            ("passive", 0.05),
            ("nowait", 0.05),
        ):
            if odd.often(share):
                fields[flag] = True
        self._exchanges[name] = fields
        return "exchange.declare", fields

    def bind(self) -> tuple[str, dict[str, Any]]:
        return self._binding("bind")

    def unbind(self) -> tuple[str, dict[str, Any]]:
        return self._binding("unbind")

    def _binding(self, verb: str) -> tuple[str, dict[str, Any]]:
        odd = self._odd
        source = self._exchange() if odd.often(0.7) else odd.one(PREDECLARED[1:])
        fields: dict[str, Any] = {"routing_key": odd.one(_PATTERNS)}
        if odd.often(0.5):
            fields["arguments"] = self._match()
        if odd.often(0.2):
            # What is bound between two of RabbitMQ's own exchanges would outlive the dialogue.
            own = source in EXCHANGES and odd.often(0.2)
            target = "amq.fanout" if own else self._exchange()
            return f"exchange.{verb}", {"destination": target, "source": source} | fields
        return f"queue.{verb}", {"queue": self._queue(), "exchange": source} | fields

    def _match(self) -> dict[str, Any]:
        odd = self._odd
        names = [odd.one(("k", "l", "x-k")) for _ in range(self._chance.randrange(3))]
        found = {name: odd.value() if odd.often(0.5) else 1 for name in names}
        if odd.often(0.7):
            found["x-match"] = odd.one(("all", "any", "all-with-x", "any-with-x"))
        elif odd.often(0.1):
            found["x-match"] = odd.argument()
        return found

    def purge(self) -> tuple[str, dict[str, Any]]:
        return "queue.purge", {"queue": self._queue()}

    def delete(self) -> tuple[str, dict[str, Any]]:
        odd = self._odd
        if odd.often(0.3):
            unused = {"if_unused": True} if odd.often(0.5) else {}
            return "exchange.delete", {"exchange": self._exchange()} | unused
        flags = {flag: True for flag in ("if_unused", "if_empty") if odd.often(0.2)}
        return "queue.delete", {"queue": self._queue()} | flags

    # Messages

    def publish(self) -> tuple[str, dict[str, Any]]:
        odd = self._odd
        self._bodies += 1
        direct = odd.often(0.6)
        fields: dict[str, Any] = {
            "exchange": "" if direct else odd.one((self._exchange(), *PREDECLARED)),
            "routing_key": self._queue() if direct else odd.one(KEYS),
            "body": f"m{self._bodies}",
        }
        if odd.often(0.15):
            fields["mandatory"] = True
        # docs/fidelity.md: a full quorum queue of RabbitMQ takes what comes before it has told so.
        if not self._quorum and odd.often(0.3):
            fields["times"] = self._chance.randrange(2, 6)
        if properties := odd.properties():
            fields["properties"] = properties
        return "publish", fields

    def settle(self) -> tuple[str, dict[str, Any]]:
        odd = self._odd
        if odd.often(0.03):
            return "basic.ack", {"delivery_tag": odd.one((0, 1, 9999)), "multiple": odd.often(0.5)}
        kind = odd.one(("ack", "ack", "nack", "nack", "reject"))
        fields: dict[str, Any] = {"kind": kind, "which": self._chance.randrange(8)}
        if kind != "ack" and odd.often(0.5):
            fields["requeue"] = True
        if kind != "reject" and odd.often(0.25):
            fields["multiple"] = True
        return "settle", fields

    def get(self) -> tuple[str, dict[str, Any]]:
        return "basic.get", {"queue": self._queue(), "no_ack": self._odd.often(0.2)}

    def consume(self) -> tuple[str, dict[str, Any]]:
        odd = self._odd
        fields: dict[str, Any] = {"queue": self._queue(), "consumer_tag": odd.one(_TAGS)}
        for flag, share in (("no_ack", 0.2), ("exclusive", 0.07), ("no_local", 0.05)):
            if odd.often(share):
                fields[flag] = True
        if odd.often(0.15):
            fields["arguments"] = {"x-priority": odd.one((0, 1, -1, 10))}
        elif odd.often(0.02):
            fields["arguments"] = {"x-priority": odd.argument()}
        return "basic.consume", fields

    def cancel(self) -> tuple[str, dict[str, Any]]:
        return "basic.cancel", {"consumer_tag": self._odd.one(_TAGS)}

    def recover(self) -> tuple[str, dict[str, Any]]:
        return "basic.recover", {"requeue": self._odd.often(0.95)}

    def qos(self) -> tuple[str, dict[str, Any]]:
        fields = {"prefetch_count": self._odd.one((0, 1, 2, 3))}
        return "basic.qos", fields | ({"global_": True} if self._odd.often(0.3) else {})

    # Channels and connections

    def confirm(self) -> tuple[str, dict[str, Any]]:
        return "confirm.select", {}

    def transaction(self) -> tuple[str, dict[str, Any]]:
        return self._odd.one(("tx.select", "tx.commit", "tx.commit", "tx.rollback")), {}

    def leave(self) -> tuple[str, dict[str, Any]]:
        if self._odd.often(0.6):
            return "channel.close", {}
        return self._odd.one(("close", "drop")), {}

    def wait(self) -> tuple[str, dict[str, Any]]:
        return "wait", {"milliseconds": self._odd.one((SHORT, SHORT, LEASE)) + 100}
