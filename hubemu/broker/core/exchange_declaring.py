"""What a channel does to exchanges and bindings, with the permissions each needs.

Rules (RabbitMQ's):
1. Declaring and deleting need `configure`; passive declaration needs nothing.
2. Binding needs `write` on the destination, `read` on the source, and `read` on the topic.
3. An alternate or dead-letter exchange needs `read` on what points to it and `write` on it.
4. Permissions are asked before existence, so a refusal tells nothing about what exists.
5. The default exchange cannot be declared, deleted or bound; `amq.` names are the broker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hubemu.broker.core.argument_values import with_text
from hubemu.broker.core.arguments import check_exchange_arguments, check_headers_binding
from hubemu.broker.core.equivalence import require_same_arguments, require_same_property
from hubemu.broker.core.errors import ConnectionError_, access_refused, precondition_failed
from hubemu.broker.core.exchanges import EXCHANGE_TYPES, Binding, Destination, Exchange
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.users import Access, User
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["ExchangeDeclarations", "refuse_reserved"]

_RESERVED: Final = "amq."
_ATOMS: Final = frozenset(
    {"", "a", "all", "any", "b", "bad", "bar", "default", "exchange", "foo", "header", "invalid"}
    | {"none", "queue", "random", "some", "stream", "test", "type", "undefined", "unknown", "x"}
)
"""Words that RabbitMQ's virtual machine knows: as exchange types it calls them otherwise wrong."""


class ExchangeDeclarations:
    """The exchange methods of a channel. All raise `ChannelError`, or as they say."""

    def __init__(self, vhost: VirtualHost, user: User, owner: ConnectionOwner) -> None:
        self.vhost = vhost
        self.user = user
        self.owner = owner

    def exchange_declare(
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
        _refuse_default(exchange)
        if passive:
            self.vhost.exchange(exchange)
            return
        if type_ not in EXCHANGE_TYPES:
            wrong = "invalid" if type_ in _ATOMS else "unknown"
            raise ConnectionError_(503, f"{wrong} exchange type '{type_}'")
        self._access.require("configure", "exchange", exchange)
        properties = {"durable": durable, "auto_delete": auto_delete, "internal": internal}
        given = with_text(arguments or {})
        existing = self.vhost.exchanges.get(exchange)
        if existing is not None:
            self._require_same_exchange(existing, {"type": type_, **properties}, arguments=given)
            return
        refuse_reserved("exchange", exchange)
        self._check_exchange_arguments(exchange, given)
        self.vhost.add_exchange(exchange, type_, arguments=given, **properties)

    def exchange_delete(self, exchange: str, *, if_unused: bool = False) -> None:
        """Delete an exchange, if it exists."""
        _refuse_default(exchange)
        if exchange.startswith(_RESERVED):
            raise access_refused(
                f"deletion of system exchange '{exchange}' in vhost '{self.vhost.name}' not allowed"
            )
        self._access.require("configure", "exchange", exchange)
        existing = self.vhost.exchanges.get(exchange)
        if existing is None:
            return
        if if_unused and existing.bindings:
            raise precondition_failed(f"exchange '{exchange}' in vhost '{self.vhost.name}' in use")
        self.vhost.remove_exchange(existing)

    def exchange_bind(
        self,
        destination: str,
        source: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Bind the exchange `destination` to the exchange `source`."""
        self._require_binding("exchange", destination, source, routing_key)
        from_ = self.vhost.exchange(source)
        to = self.vhost.exchange(destination)
        self._bind(from_, to, routing_key, arguments or {})

    def exchange_unbind(
        self,
        destination: str,
        source: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Take back a binding, if it exists."""
        self._require_binding("exchange", destination, source, routing_key)
        binding = self._find(
            self.vhost.exchanges.get(destination), source, routing_key, arguments or {}
        )
        if binding is not None:
            self.vhost.unbind(binding)

    # How

    @property
    def _access(self) -> Access:
        return self.user.access[self.vhost.name]

    def _require_same_exchange(
        self, existing: Exchange, properties: Mapping[str, object], arguments: Mapping[str, Any]
    ) -> None:
        for name, received in properties.items():
            require_same_property(
                name,
                "exchange",
                existing.name,
                self.vhost.name,
                received=received,
                current=getattr(existing, name),
            )
        require_same_arguments(
            "exchange",
            existing.name,
            self.vhost.name,
            received=arguments,
            current=existing.arguments,
        )

    def _check_exchange_arguments(self, exchange: str, given: Mapping[str, Any]) -> None:
        check_exchange_arguments(exchange, self.vhost.name, given)
        if "alternate-exchange" in given:
            self._access.require("read", "exchange", exchange)
            self._access.require("write", "exchange", given["alternate-exchange"])

    def _require_binding(self, kind: str, destination: str, source: str, routing_key: str) -> None:
        _refuse_default(source)
        if kind == "exchange":
            _refuse_default(destination)
        self._access.require("write", kind, destination)
        self._access.require("read", "exchange", source)
        existing = self.vhost.exchanges.get(source)
        if existing is not None and existing.type == "topic":
            self._access.require_topic("read", source, routing_key)

    def _bind(
        self,
        source: Exchange,
        destination: Destination,
        routing_key: str,
        arguments: Mapping[str, Any],
    ) -> None:
        if source.type == "headers":
            check_headers_binding(arguments)
        self.vhost.bind(source, destination, routing_key, arguments)

    def _find(
        self,
        destination: Destination | None,
        source: str,
        routing_key: str,
        arguments: Mapping[str, Any],
    ) -> Binding | None:
        exchange = self.vhost.exchanges.get(source)
        if exchange is None or destination is None:
            return None
        return exchange.find(destination, routing_key, arguments)


def _refuse_default(exchange: str) -> None:
    if not exchange:
        raise access_refused("operation not permitted on the default exchange")


def refuse_reserved(kind: str, name: str) -> None:
    """Names that begin with `amq.` are the broker's.

    Raises:
        ChannelError: 403.
    """
    if name.startswith(_RESERVED):
        raise access_refused(f"{kind} name '{name}' contains reserved prefix 'amq.*'")
