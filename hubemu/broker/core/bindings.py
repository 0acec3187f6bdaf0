"""What a channel binds and unbinds: queues and exchanges to exchanges.

Rules (RabbitMQ's):
1. Binding needs `write` on the destination, `read` on the source, and `read` on the topic.
2. What a headers exchange does not understand is refused before whose queue it is.
3. The default exchange cannot be bound: every queue is bound to it already, by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from hubemu.broker.core.arguments import check_headers_binding
from hubemu.broker.core.channel_context import ChannelContext
from hubemu.broker.core.errors import access_refused
from hubemu.broker.core.exchanges import Destination

__all__ = ["Bindings", "refuse_default"]

_Kind: TypeAlias = Literal["queue", "exchange"]
_Find: TypeAlias = Callable[[str], Destination]
"""Gives the destination of that name, or raises `ChannelError`."""


class Bindings:
    """The bindings of the vHost, with the permissions they need. All methods raise `ChannelError`.

    Each takes what kind of thing the destination is, and how to find it.
    """

    __slots__ = ("_context",)

    def __init__(self, context: ChannelContext) -> None:
        self._context = context

    def bind(
        self,
        kind: _Kind,
        destination: str,
        source: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None,
        find: _Find,
    ) -> None:
        """Bind `destination` to the exchange `source`."""
        self._require(kind, destination, source, routing_key)
        vhost = self._context.vhost
        exchange = vhost.exchange(source)
        if exchange.type == "headers" and destination in self._known(kind):
            check_headers_binding(arguments or {})
        vhost.bind(exchange, find(destination), routing_key, arguments)

    def unbind(
        self,
        kind: _Kind,
        destination: str,
        source: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None,
        find: _Find,
    ) -> None:
        """Take back a binding, if it exists."""
        self._require(kind, destination, source, routing_key)
        vhost = self._context.vhost
        exchange = vhost.exchanges.get(source)
        known = self._known(kind)
        if exchange is None or destination not in known:
            return
        binding = exchange.find(known[destination], routing_key, arguments or {})
        if binding is not None:
            find(destination)
            vhost.unbind(binding)

    def _known(self, kind: _Kind) -> Mapping[str, Destination]:
        vhost = self._context.vhost
        return vhost.queues if kind == "queue" else vhost.exchanges

    def _require(self, kind: _Kind, destination: str, source: str, routing_key: str) -> None:
        refuse_default(source)
        if kind == "exchange":
            refuse_default(destination)
        access = self._context.access
        access.require("write", kind, destination)
        access.require("read", "exchange", source)
        existing = self._context.vhost.exchanges.get(source)
        if existing is not None and existing.type == "topic":
            access.require_topic("read", source, routing_key)


def refuse_default(exchange: str) -> None:
    """The default exchange is what it is.

    Raises:
        ChannelError: 403.
    """
    if not exchange:
        raise access_refused("operation not permitted on the default exchange")
