"""Dead letters: what a message looks like after its death, and where it goes.

Rules (RabbitMQ's):
1. `x-death` has one entry per queue and reason, the latest death first; a repeated death counts up
   the entry it has and moves it to the front, everything else in it stays as it was.
2. `x-first-death-*` are set by the first death and never again.
3. A dead letter loses its expiration; with a dead-letter routing key also its CC.
4. A message that came back to a queue by itself alone (no `rejected` in the cycle) is dropped.
5. Each automatic death adds an entry or ends in rule 4, and entries are limited (`Limits.deaths`;
   RabbitMQ has no limit): whatever clients declare, a chain ends.
6. Deaths caused by deaths wait their turn: a chain takes no stack.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, TypeAlias

from hubemu.broker.core.copies import copy_keys, further_keys
from hubemu.broker.core.exchanges import Exchange
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.router import Router
from hubemu.broker.core.runtime import Runtime
from hubemu.broker.wire.fields import Int64, Timestamp
from hubemu.broker.wire.properties import expiration, replace_headers

__all__ = ["DeadLetters"]

_Death: TypeAlias = dict[str, Any]


class DeadLetters:
    """Takes messages that died in a queue to the queue's dead-letter exchange."""

    def __init__(
        self, vhost: str, exchanges: Mapping[str, Exchange], router: Router, runtime: Runtime
    ) -> None:
        self._vhost = vhost
        self._exchanges = exchanges
        self._router = router
        self._runtime = runtime
        self._waiting: deque[tuple[MessageQueue, Message, str]] = deque()
        self._busy = False

    def bury(self, queue: MessageQueue, message: Message, reason: str) -> None:
        """Send on a message that left `queue` for `reason` (now, or after those before it)."""
        self._waiting.append((queue, message, reason))
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting:
                self._send(*self._waiting.popleft())
        finally:
            self._busy = False

    def _send(self, queue: MessageQueue, message: Message, reason: str) -> None:
        exchange = self._exchanges.get(queue.settings.dead_letter_exchange or "")
        dead = self._dead_letter(queue, message, reason)
        queues: tuple[MessageQueue, ...] = ()
        if exchange is not None:
            queues = self._router.route(exchange, dead, further_keys(dead))
        deaths = dead.headers["x-death"]
        if len(deaths) > self._runtime.limits.deaths:
            queues = ()
        elif reason != "rejected":
            queues = tuple(found for found in queues if not _is_cycle(found.name, deaths))
        observer = self._runtime.observer
        if message.token is not None:
            tell = observer.dead_lettered if queues else observer.dropped
            tell(self._vhost, queue.name, message, reason)
        for found in queues:
            found.enqueue(dead)

    def _dead_letter(self, queue: MessageQueue, message: Message, reason: str) -> Message:
        settings = queue.settings
        death = _death(queue.name, message, reason, self._runtime.clock.now())
        headers = _with_death(message.headers, death)
        routing_key = settings.dead_letter_routing_key
        if routing_key is not None:
            headers.pop("CC", None)
        return Message(
            settings.dead_letter_exchange or "",
            message.routing_key if routing_key is None else routing_key,
            message.body,
            replace_headers(message.header, headers, keep_expiration=False),
            token=message.token,
            blind_keys=message.blind_keys if routing_key is None else (),
        )


def _death(queue: str, message: Message, reason: str, now: float) -> _Death:
    death: _Death = {
        "count": Int64(1),
        "reason": reason,
        "queue": queue,
        "time": Timestamp(now),
        "exchange": message.exchange,
        "routing-keys": [message.routing_key, *copy_keys(message.headers, "CC")],
    }
    lifetime = expiration(message.header)
    if lifetime is not None:
        death["original-expiration"] = lifetime
    return death


def _with_death(headers: Mapping[str, Any], death: _Death) -> dict[str, Any]:
    """The headers after one more death, sorted by name as RabbitMQ leaves them."""
    if "x-death" not in headers:
        first = {f"x-first-death-{name}": death[name] for name in ("exchange", "queue", "reason")}
        return dict(sorted({**headers, **first, "x-death": [death]}.items()))
    deaths = headers["x-death"]
    if not isinstance(deaths, list):
        return dict(sorted({**headers, "x-death": [death]}.items()))
    others = [entry for entry in deaths if isinstance(entry, dict)]
    same = [entry for entry in others if _place(entry) == _place(death)]
    others = [entry for entry in others if _place(entry) != _place(death)]
    latest = _once_more(same[0]) if same else death
    return dict(sorted({**headers, "x-death": [dict(sorted(latest.items())), *others]}.items()))


def _place(death: Mapping[str, Any]) -> tuple[object, object]:
    return death.get("queue"), death.get("reason")


def _once_more(death: _Death) -> _Death:
    count = death.get("count", 0)
    return {**death, "count": Int64(count + 1 if isinstance(count, int) else 1)}


def _is_cycle(queue: str, deaths: list[_Death]) -> bool:
    for place, death in enumerate(deaths):
        if death.get("queue") == queue:
            return all(entry.get("reason") != "rejected" for entry in deaths[: place + 1])
    return False
