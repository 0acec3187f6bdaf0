"""The headers exchange: a binding's arguments are compared with the message's headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hubemu.broker.core.exchanges.base import Binding, Destination, Exchange
from hubemu.broker.core.message import Message
from hubemu.broker.core.terms import same

__all__ = ["X_MATCH", "HeadersExchange"]

X_MATCH: Final = ("all", "any", "all-with-x", "any-with-x")
"""What `x-match` may say; the first is the default."""


class HeadersExchange(Exchange):
    """Delivers to the bindings whose arguments all, or at least one, match the headers."""

    type = "headers"
    by_headers = True

    def match(self, routing_key: str, message: Message) -> Iterable[Destination]:
        """See `Exchange.match`."""
        headers = message.headers
        return [
            binding.destination
            for binding in self._bindings.values()
            if _matches(binding.arguments, headers)
        ]

    def _added(self, binding: Binding) -> None:
        """The table of bindings is all it needs."""

    def _removed(self, binding: Binding) -> None:
        """The table of bindings is all it needs."""


def _matches(arguments: Mapping[str, Any], headers: Mapping[str, Any]) -> bool:
    mode = arguments.get("x-match", "all")
    results = (
        name in headers and _equal(wanted, headers[name])
        for name, wanted in arguments.items()
        if name != "x-match" and (mode.endswith("-with-x") or not name.startswith("x-"))
    )
    return any(results) if mode.startswith("any") else all(results)


def _equal(wanted: Any, found: Any) -> bool:
    """RabbitMQ's: a void asks for presence only."""
    return wanted is None or same(wanted, found)
