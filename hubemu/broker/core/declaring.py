"""What a channel does to exchanges, queues and bindings, with the permissions each needs.

Rules (RabbitMQ's):
1. Declaring and deleting need `configure`; passive declaration needs nothing.
2. Binding needs `write` on the destination, `read` on the source, and `read` on the topic.
3. An alternate or dead-letter exchange needs `read` on what points to it and `write` on it.
4. Permissions are asked before existence, so a refusal tells nothing about what exists.
5. The default exchange cannot be declared, deleted or bound; `amq.` names are the broker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hubemu.broker.core import arguments as checks
from hubemu.broker.core.errors import (
    ChannelError,
    ConnectionError_,
    access_refused,
    not_found,
    not_implemented,
    precondition_failed,
    resource_locked,
)
from hubemu.broker.core.exchanges import EXCHANGE_TYPES, Binding, Destination, Exchange
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.quorum import check_quorum_properties
from hubemu.broker.core.reply_to import REPLY_TO
from hubemu.broker.core.users import Access, User
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["Declarations", "QueueDeclared"]

_RESERVED = "amq."


class QueueDeclared(NamedTuple):
    """What queue.declare-ok says; `message_count` counts ready messages."""

    name: str
    message_count: int
    consumer_count: int


class Declarations:
    """The exchange and queue methods of a channel. All raise `ChannelError`, or as they say."""

    def __init__(self, vhost: VirtualHost, user: User, owner: ConnectionOwner) -> None:
        self.vhost = vhost
        self.user = user
        self.owner = owner
        self._last_queue: str | None = None

    # Exchanges

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
            raise ConnectionError_(503, f"unknown exchange type '{type_}'")
        self._access.require("configure", "exchange", exchange)
        properties = {"durable": durable, "auto_delete": auto_delete, "internal": internal}
        existing = self.vhost.exchanges.get(exchange)
        if existing is not None:
            self._require_same_exchange(
                existing, {"type": type_, **properties}, arguments=arguments or {}
            )
            return
        _refuse_reserved("exchange", exchange)
        self._check_exchange_arguments(exchange, arguments or {})
        self.vhost.add_exchange(exchange, type_, arguments=arguments, **properties)

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

    # Queues

    def queue_declare(
        self,
        queue: str,
        *,
        passive: bool = False,
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> QueueDeclared:
        """Make a queue, or see that it is there with the same properties."""
        if queue.startswith(REPLY_TO):
            return self._declared_reply_to(queue)
        if passive:
            return self._declared(self._accessible(queue))
        if queue:
            _refuse_reserved("queue", queue)
        name = queue or self.vhost.unused_name()
        self._access.require("configure", "queue", name)
        given = arguments or {}
        existing = self.vhost.queues.get(name)
        owner = self.owner if exclusive else None
        if existing is not None:
            self._require_same_queue(
                existing, owner, durable=durable, auto_delete=auto_delete, arguments=given
            )
            existing.touch()
            return self._declared(existing)
        self._check_queue_arguments(name, given)
        if given.get("x-queue-type") == "quorum":
            check_quorum_properties(
                name,
                self.vhost.name,
                named=bool(queue),
                durable=durable,
                exclusive=exclusive,
                auto_delete=auto_delete,
            )
        added = self.vhost.add_queue(
            name, durable=durable, auto_delete=auto_delete, owner=owner, arguments=given
        )
        return self._declared(added)

    def queue_bind(
        self,
        queue: str,
        exchange: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Bind `queue` to `exchange`; no queue and no key mean the last queue declared."""
        name = self._named(queue)
        key = routing_key or ("" if queue else name)
        self._require_binding("queue", name, exchange, key)
        source = self.vhost.exchange(exchange)
        destination = self._accessible(name)
        self._bind(source, destination, key, arguments or {})

    def queue_unbind(
        self,
        queue: str,
        exchange: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Take back a binding, if it exists."""
        name = self._named(queue)
        key = routing_key or ("" if queue else name)
        self._require_binding("queue", name, exchange, key)
        binding = self._find(self.vhost.queues.get(name), exchange, key, arguments or {})
        if binding is not None:
            self._accessible(name)
            self.vhost.unbind(binding)

    def queue_purge(self, queue: str) -> int:
        """Drop the ready messages; gives how many."""
        name = self._named(queue)
        self._access.require("read", "queue", name)
        return self._accessible(name).purge()

    def queue_delete(self, queue: str, *, if_unused: bool = False, if_empty: bool = False) -> int:
        """Delete a queue, if it exists; gives how many messages were ready.

        Raises:
            ConnectionError_: 540 `if_unused` on a quorum queue.
        """
        name = self._named(queue)
        self._access.require("configure", "queue", name)
        if name not in self.vhost.queues:
            return 0
        found = self._accessible(name)
        place = f"queue '{name}' in vhost '{self.vhost.name}'"
        quorum = found.arguments.get("x-queue-type") == "quorum"
        for flag, asked in (("if-unused", if_unused), ("if-empty", if_empty)):
            if quorum and asked:
                raise not_implemented(
                    f"cannot delete {place}. queue.delete operations with {flag} flag set "
                    "are not supported by quorum queues"
                )
        if if_unused and found.depth.consumers:
            raise precondition_failed(f"{place} in use")
        if if_empty and found.depth.ready:
            raise precondition_failed(f"{place} not empty")
        return self.vhost.remove_queue(found)

    # How

    @property
    def _access(self) -> Access:
        return self.user.access[self.vhost.name]

    def _named(self, queue: str) -> str:
        if queue:
            return queue
        if self._last_queue is None:
            raise ChannelError(404, "no previously declared queue")
        return self._last_queue

    def _accessible(self, name: str) -> MessageQueue:
        """The queue `name`, unless it is exclusive to another connection."""
        queue = self.vhost.queue(name)
        if queue.owner is not None and queue.owner is not self.owner:
            raise resource_locked(name, self.vhost.name)
        return queue

    def _declared(self, queue: MessageQueue) -> QueueDeclared:
        self._last_queue = queue.name
        queue.expire_head()
        depth = queue.depth
        return QueueDeclared(queue.name, depth.ready, depth.consumers)

    def _declared_reply_to(self, name: str) -> QueueDeclared:
        if not self.vhost.replies.known(name):
            raise not_found("queue", name, self.vhost.name)
        return QueueDeclared(name, 0, 1)

    def _require_same_exchange(
        self, existing: Exchange, properties: Mapping[str, object], arguments: Mapping[str, Any]
    ) -> None:
        for name, received in properties.items():
            checks.require_same_property(
                name,
                "exchange",
                existing.name,
                self.vhost.name,
                received=received,
                current=getattr(existing, name),
            )
        checks.require_same_arguments(
            "exchange",
            existing.name,
            self.vhost.name,
            received=arguments,
            current=existing.arguments,
        )

    def _require_same_queue(
        self,
        existing: MessageQueue,
        owner: ConnectionOwner | None,
        *,
        durable: bool,
        auto_delete: bool,
        arguments: Mapping[str, Any],
    ) -> None:
        if existing.owner is not owner:
            raise resource_locked(existing.name, self.vhost.name)
        for name, received in (("durable", durable), ("auto_delete", auto_delete)):
            checks.require_same_property(
                name,
                "queue",
                existing.name,
                self.vhost.name,
                received=received,
                current=getattr(existing, name),
            )
        checks.require_same_arguments(
            "queue",
            existing.name,
            self.vhost.name,
            received=arguments,
            current=existing.arguments,
        )

    def _check_exchange_arguments(self, exchange: str, given: Mapping[str, Any]) -> None:
        checks.check_exchange_arguments(exchange, self.vhost.name, given)
        if "alternate-exchange" in given:
            self._access.require("read", "exchange", exchange)
            self._access.require("write", "exchange", given["alternate-exchange"])

    def _check_queue_arguments(self, queue: str, given: Mapping[str, Any]) -> None:
        dead_letters = given.get("x-dead-letter-exchange")
        if isinstance(dead_letters, str):
            self._access.require("read", "queue", queue)
            self._access.require("write", "exchange", dead_letters)
        checks.check_queue_arguments(queue, self.vhost.name, given)

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
            checks.check_headers_binding(arguments)
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


def _refuse_reserved(kind: str, name: str) -> None:
    if name.startswith(_RESERVED):
        raise access_refused(f"{kind} name '{name}' contains reserved prefix 'amq.*'")
