"""Dead letters: what a message looks like after its death, and where it goes.

Rules (RabbitMQ's):
1. A dead letter has one more death in its headers (`deaths`); one whose deaths cannot be counted is
   dropped.
2. A dead letter loses its expiration; with a dead-letter routing key also its CC.
3. A message that came back to a queue by itself alone (no `rejected` in the cycle) is dropped.
4. Each automatic death adds an entry or ends in rule 3, and entries are limited (`Limits.deaths`;
   RabbitMQ has no limit): whatever clients declare, a chain ends.
5. Deaths caused by deaths wait their turn: a chain takes no stack. Those of a message on its way
   into several queues wait until it is in all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hubemu.broker.core.copies import copy_keys, further_keys
from hubemu.broker.core.deaths import Death, UncountableDeathsError, is_cycle, with_death
from hubemu.broker.core.exchanges import Exchange
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.router import Router
from hubemu.broker.core.runtime import Runtime
from hubemu.broker.wire.fields import Int64, Timestamp
from hubemu.broker.wire.properties import expiration, replace_headers
from hubemu.watchers import tell_each

__all__ = ["DeadLetters"]


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
        if not self._busy:
            self._busy = True
            self._send_waiting()

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Let what dies meanwhile wait until the end of the block."""
        if self._busy:
            yield
            return
        self._busy = True
        try:
            yield
        finally:
            self._send_waiting()

    def _send_waiting(self) -> None:
        while self._waiting:
            queue, message, reason = self._waiting.popleft()
            tell_each((self._send,), queue, message, reason)
        self._busy = False

    def _send(self, queue: MessageQueue, message: Message, reason: str) -> None:
        exchange = self._exchanges.get(queue.settings.dead_letter_exchange or "")
        queues: tuple[MessageQueue, ...] = ()
        if exchange is not None:
            try:
                dead = self._dead_letter(queue, message, reason)
            except UncountableDeathsError:
                pass
            else:
                queues = self._route(exchange, dead, reason)
        if message.token is not None:
            observer = self._runtime.observer
            tell = observer.dead_lettered if queues else observer.dropped
            tell(self._vhost, queue.name, message, reason)
        for found in queues:
            found.enqueue(dead, dead=True)

    def _route(self, exchange: Exchange, dead: Message, reason: str) -> tuple[MessageQueue, ...]:
        """The queues a dead letter goes to, none if it has come full circle."""
        deaths = dead.headers["x-death"]
        if len(deaths) > self._runtime.limits.deaths:
            return ()
        queues = self._router.route(exchange, dead, further_keys(dead))
        if reason == "rejected":
            return queues
        return tuple(found for found in queues if not is_cycle(found.name, deaths))

    def _dead_letter(self, queue: MessageQueue, message: Message, reason: str) -> Message:
        settings = queue.settings
        death = _death(queue.name, message, reason, self._runtime.clock.now())
        headers = with_death(message.headers, death)
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


def _death(queue: str, message: Message, reason: str, now: float) -> Death:
    death: Death = {
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
