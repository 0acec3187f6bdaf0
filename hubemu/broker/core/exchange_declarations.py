"""What a channel does to exchanges, with the permissions each needs.

Rules (RabbitMQ's):
1. Declaring and deleting need `configure`; passive declaration needs nothing.
2. An alternate or dead-letter exchange needs `read` on what points to it and `write` on it.
3. Permissions are asked before existence, so a refusal tells nothing about what exists.
4. The default exchange cannot be declared or deleted; `amq.` names are the broker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hubemu.broker.core.argument_values import with_text
from hubemu.broker.core.arguments import check_exchange_arguments
from hubemu.broker.core.bindings import Bindings, refuse_default
from hubemu.broker.core.channel_context import ChannelContext
from hubemu.broker.core.equivalence import require_same
from hubemu.broker.core.errors import ConnectionError_, access_refused, precondition_failed
from hubemu.broker.core.exchanges import EXCHANGE_TYPES

__all__ = ["ExchangeDeclarations", "refuse_reserved"]

_RESERVED: Final = "amq."
_ATOMS: Final = frozenset(
    {"", "a", "all", "any", "b", "bad", "bar", "default", "exchange", "foo", "header", "invalid"}
    | {"none", "queue", "random", "some", "stream", "test", "type", "undefined", "unknown", "x"}
)
"""Words that RabbitMQ's virtual machine knows: as exchange types it calls them otherwise wrong."""


class ExchangeDeclarations:
    """The exchange methods of a channel. All raise `ChannelError`, or as they say."""

    __slots__ = ("_bindings", "_context", "_vhost")

    def __init__(self, context: ChannelContext) -> None:
        self._context = context
        self._vhost = context.vhost
        self._bindings = Bindings(context)

    def declare(
        self,
        exchange: str,
        type_: str,
        *,
        passive: bool = False,
        durable: bool = False,
        auto_delete: bool = False,
        internal: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Make an exchange, or see that it is there with the same properties.

        Raises:
            ConnectionError_: 503 unknown type.
        """
        refuse_default(exchange)
        if passive:
            self._vhost.exchange(exchange)
            return
        if type_ not in EXCHANGE_TYPES:
            wrong = "invalid" if type_ in _ATOMS else "unknown"
            raise ConnectionError_(503, f"{wrong} exchange type '{type_}'")
        self._context.access.require("configure", "exchange", exchange)
        properties = {"durable": durable, "auto_delete": auto_delete, "internal": internal}
        given = with_text(arguments or {})
        existing = self._vhost.exchanges.get(exchange)
        if existing is not None:
            require_same(
                "exchange",
                existing,
                self._vhost.name,
                properties={"type": type_, **properties},
                arguments=given,
            )
            return
        refuse_reserved("exchange", exchange)
        self._check_arguments(exchange, given)
        self._vhost.add_exchange(exchange, type_, arguments=given, **properties)

    def delete(self, exchange: str, *, if_unused: bool = False) -> None:
        """Delete an exchange, if it exists."""
        refuse_default(exchange)
        vhost = self._vhost
        if exchange.startswith(_RESERVED):
            raise access_refused(
                f"deletion of system exchange '{exchange}' in vhost '{vhost.name}' not allowed"
            )
        self._context.access.require("configure", "exchange", exchange)
        existing = vhost.exchanges.get(exchange)
        if existing is None:
            return
        if if_unused and existing.bindings:
            raise precondition_failed(f"exchange '{exchange}' in vhost '{vhost.name}' in use")
        vhost.remove_exchange(existing)

    def bind(
        self,
        destination: str,
        source: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Bind the exchange `destination` to the exchange `source`."""
        find = self._vhost.exchange
        self._bindings.bind("exchange", destination, source, routing_key, arguments, find)

    def unbind(
        self,
        destination: str,
        source: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Take back a binding, if it exists."""
        find = self._vhost.exchange
        self._bindings.unbind("exchange", destination, source, routing_key, arguments, find)

    # How

    def _check_arguments(self, exchange: str, given: Mapping[str, Any]) -> None:
        check_exchange_arguments(exchange, self._vhost.name, given)
        if "alternate-exchange" in given:
            access = self._context.access
            access.require("read", "exchange", exchange)
            access.require("write", "exchange", given["alternate-exchange"])


def refuse_reserved(kind: str, name: str) -> None:
    """Names that begin with `amq.` are the broker's.

    Raises:
        ChannelError: 403.
    """
    if name.startswith(_RESERVED):
        raise access_refused(f"{kind} name '{name}' contains reserved prefix 'amq.*'")
