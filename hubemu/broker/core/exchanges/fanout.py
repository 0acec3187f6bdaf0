"""The fanout exchange: everything goes everywhere."""

from __future__ import annotations

from collections.abc import Iterable

from hubemu.broker.core.exchanges.base import Binding, Destination, Exchange
from hubemu.broker.core.message import Message

__all__ = ["FanoutExchange"]


class FanoutExchange(Exchange):
    """Delivers to all its bindings, whatever the key."""

    type = "fanout"

    def match(self, routing_key: str, message: Message) -> Iterable[Destination]:
        """See `Exchange.match`."""
        return [binding.destination for binding in self._bindings.values()]

    def _added(self, binding: Binding) -> None:
        """The table of bindings is all it needs."""

    def _removed(self, binding: Binding) -> None:
        """The table of bindings is all it needs."""
