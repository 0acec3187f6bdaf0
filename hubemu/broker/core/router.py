"""From an exchange to queues.

Rules:
1. A queue gets a message once, however many bindings lead to it.
2. An exchange that leads nowhere passes to its alternate exchange, if that exists.
3. What depends on the routing key alone is remembered until the topology changes (`forget`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hubemu.broker.core.exchanges import Destination, Exchange
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue

__all__ = ["Router"]


class Router:
    """Finds the queues of messages on one vHost, given its tables of exchanges and queues."""

    def __init__(
        self,
        exchanges: Mapping[str, Exchange],
        queues: Mapping[str, MessageQueue],
        *,
        cached: int,
    ) -> None:
        self.epoch = 0
        """Changes with the topology; whoever remembers routes compares it."""
        self._exchanges = exchanges
        self._queues = queues
        self._cached = cached
        self._routes: dict[tuple[str, str], tuple[MessageQueue, ...]] = {}

    def forget(self) -> None:
        """The topology has changed."""
        self.epoch += 1
        self._routes.clear()

    def known(self, exchange: str, routing_key: str) -> tuple[MessageQueue, ...] | None:
        """The queues for a message without CC or BCC, if remembered."""
        return self._routes.get((exchange, routing_key))

    def route(
        self, exchange: Exchange, message: Message, further: Iterable[str] = ()
    ) -> tuple[MessageQueue, ...]:
        """The queues for `message`, published to `exchange` with its key and `further` ones."""
        place = (exchange.name, message.routing_key)
        keys = (message.routing_key, *further)
        if len(keys) == 1 and (known := self._routes.get(place)) is not None:
            return known
        queues, by_headers = self._walk(exchange, keys, message)
        if len(keys) == 1 and not by_headers:
            if len(self._routes) >= self._cached:
                self._routes.clear()
            self._routes[place] = queues
        return queues

    def _walk(
        self, exchange: Exchange, keys: tuple[str, ...], message: Message
    ) -> tuple[tuple[MessageQueue, ...], bool]:
        queues: dict[MessageQueue, None] = {}
        visited = {exchange}
        waiting = [exchange]
        by_headers = False
        while waiting:
            current = waiting.pop()
            by_headers = by_headers or current.by_headers
            for destination in self._next(current, keys, message):
                if isinstance(destination, MessageQueue):
                    queues[destination] = None
                elif isinstance(destination, Exchange) and destination not in visited:
                    visited.add(destination)
                    waiting.append(destination)
        return tuple(queues), by_headers

    def _next(
        self, exchange: Exchange, keys: tuple[str, ...], message: Message
    ) -> list[Destination]:
        if not exchange.name:
            return [self._queues[key] for key in keys if key in self._queues]
        found = [place for key in keys for place in exchange.match(key, message)]
        if not found and exchange.alternate is not None:
            alternate = self._exchanges.get(exchange.alternate)
            return [] if alternate is None else [alternate]
        return found
