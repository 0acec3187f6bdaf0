"""The direct exchange: the routing key equals the binding's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hubemu.broker.core.exchanges.base import Binding, Destination, Exchange
from hubemu.broker.core.message import Message

__all__ = ["DirectExchange"]


class DirectExchange(Exchange):
    """Delivers to the bindings whose key is the message's."""

    type = "direct"

    def __init__(self, name: str, **settings: Any) -> None:
        super().__init__(name, **settings)
        self._by_key: dict[str, list[Binding]] = {}

    def match(self, routing_key: str, message: Message) -> Iterable[Destination]:
        """See `Exchange.match`."""
        return [binding.destination for binding in self._by_key.get(routing_key, ())]

    def _added(self, binding: Binding) -> None:
        self._by_key.setdefault(binding.routing_key, []).append(binding)

    def _removed(self, binding: Binding) -> None:
        bindings = self._by_key[binding.routing_key]
        bindings.remove(binding)
        if not bindings:
            del self._by_key[binding.routing_key]
