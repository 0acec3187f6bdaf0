"""What a channel does to queues and their bindings; see `exchange_declarations` for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hubemu.broker.core.argument_values import with_text
from hubemu.broker.core.bindings import Bindings
from hubemu.broker.core.channel_context import ChannelContext
from hubemu.broker.core.equivalence import require_same
from hubemu.broker.core.errors import (
    not_found,
    precondition_failed,
    resource_locked,
)
from hubemu.broker.core.exchange_declarations import refuse_reserved
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.queue_arguments import check_locator, check_queue_arguments
from hubemu.broker.core.queue_types import queue_type
from hubemu.broker.core.reply_to import REPLY_TO

__all__ = ["QueueDeclarations", "QueueDeclared"]


class QueueDeclared(NamedTuple):
    """What queue.declare-ok says; `message_count` counts ready messages."""

    name: str
    message_count: int
    consumer_count: int


class QueueDeclarations:
    """The queue methods of a channel. All raise `ChannelError`, or as they say."""

    __slots__ = ("_bindings", "_context", "_vhost")

    def __init__(self, context: ChannelContext) -> None:
        self._context = context
        self._vhost = context.vhost
        self._bindings = Bindings(context)

    def declare(
        self,
        queue: str,
        *,
        passive: bool = False,
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        nowait: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> QueueDeclared:
        """Make a queue, or see that it is there with the same properties.

        A client that waits for no answer (`nowait`) renews no lease (`x-expires`).

        An exclusive queue is never durable, whatever the client asks for: it ends with its
        connection.
        """
        if queue.startswith(REPLY_TO):
            return self._declared_reply_to(queue)
        if passive:
            return self._declared(self._context.queue(queue), again=not nowait)
        if queue:
            refuse_reserved("queue", queue)
        name = queue or self._vhost.unused_name()
        self._context.access.require("configure", "queue", name)
        given = with_text(arguments or {})
        existing = self._vhost.queues.get(name)
        owner = self._context.owner if exclusive else None
        durable = durable and not exclusive
        if existing is not None:
            if existing.owner is not owner:
                raise resource_locked(name, self._vhost.name)
            require_same(
                "queue",
                existing,
                self._vhost.name,
                properties={"durable": durable, "auto_delete": auto_delete},
                arguments=given,
            )
            return self._declared(existing, again=not nowait)
        kind = queue_type(given)
        if not queue:
            kind.check_server_named()
        self._check_arguments(name, given)
        if not exclusive:
            check_locator(given)
        kind.check_properties(
            name, self._vhost.name, durable=durable, exclusive=exclusive, auto_delete=auto_delete
        )
        added = self._vhost.add_queue(
            name, durable=durable, auto_delete=auto_delete, owner=owner, arguments=given
        )
        return self._declared(added)

    def bind(
        self,
        queue: str,
        exchange: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Bind `queue` to `exchange`; no queue and no key mean the last queue declared."""
        name, key = self._named(queue, routing_key)
        self._bindings.bind("queue", name, exchange, key, arguments, self._context.queue)

    def unbind(
        self,
        queue: str,
        exchange: str,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Take back a binding, if it exists."""
        name, key = self._named(queue, routing_key)
        self._bindings.unbind("queue", name, exchange, key, arguments, self._context.queue)

    def purge(self, queue: str) -> int:
        """Drop the ready messages; gives how many."""
        name = self._context.named(queue)
        self._context.access.require("read", "queue", name)
        return self._context.queue(name).purge()

    def delete(self, queue: str, *, if_unused: bool = False, if_empty: bool = False) -> int:
        """Delete a queue, if it exists; gives how many messages were ready.

        Raises:
            ConnectionError_: 540 `if_unused` on a quorum queue.
        """
        name = self._context.named(queue)
        self._context.access.require("configure", "queue", name)
        if name not in self._vhost.queues:
            return 0
        found = self._context.queue(name)
        place = f"queue '{name}' in vhost '{self._vhost.name}'"
        found.type.check_deletion(place, if_unused=if_unused, if_empty=if_empty)
        found.complete_returns()
        if if_empty and found.depth.ready:
            raise precondition_failed(f"{place} not empty")
        if if_unused and found.depth.consumers:
            raise precondition_failed(f"{place} in use")
        return self._vhost.remove_queue(found)

    # How

    def _named(self, queue: str, routing_key: str) -> tuple[str, str]:
        """Queue and key of a binding; no queue and no key mean the last queue declared."""
        name = self._context.named(queue)
        return name, routing_key or ("" if queue else name)

    def _declared(self, queue: MessageQueue, *, again: bool = False) -> QueueDeclared:
        self._context.last_queue = queue.name
        if again:
            queue.declared_again()
        queue.complete_returns()
        queue.messages.expire_head()
        depth = queue.depth
        return QueueDeclared(queue.name, depth.ready, depth.consumers)

    def _declared_reply_to(self, name: str) -> QueueDeclared:
        if not self._vhost.replies.known(name):
            raise not_found("queue", name, self._vhost.name)
        return QueueDeclared(name, 0, 1)

    def _check_arguments(self, queue: str, given: Mapping[str, Any]) -> None:
        dead_letters = given.get("x-dead-letter-exchange")
        if isinstance(dead_letters, str):
            self._context.access.require("read", "queue", queue)
            self._context.access.require("write", "exchange", dead_letters)
        check_queue_arguments(queue, self._vhost.name, given)
