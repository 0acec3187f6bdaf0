"""A vHost: its exchanges, queues, bindings and policies.

Rules:
1. Permissions are not asked here but by a channel: whoever holds a `VirtualHost` is trusted.
2. Every change of what exists or is bound goes through here, and is told to the router.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hubemu.broker.core.confirming import ConfirmInterposer
from hubemu.broker.core.dead_letters import DeadLetters
from hubemu.broker.core.errors import not_allowed, not_found, precondition_failed
from hubemu.broker.core.exchanges import (
    EXCHANGE_TYPES,
    PREDECLARED,
    Binding,
    Destination,
    Exchange,
)
from hubemu.broker.core.local import LocalConsumer, LocalDelivery
from hubemu.broker.core.message import Message
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.publishing import addressed, enqueue
from hubemu.broker.core.queue import MessageQueue, QueueDepth
from hubemu.broker.core.reply_to import ReplyAddresses
from hubemu.broker.core.router import Router
from hubemu.broker.core.runtime import Runtime
from hubemu.broker.core.settings import effective_policy, merge_settings

if TYPE_CHECKING:
    from hubemu.topology import Policy

__all__ = ["VirtualHost"]


class VirtualHost:
    """One vHost; starts with the exchanges every vHost has.

    `exchanges` and `queues` are for reading: change them by the methods.
    """

    def __init__(self, name: str, runtime: Runtime) -> None:
        self.name = name
        self.runtime = runtime
        self.exchanges: dict[str, Exchange] = {}
        self.queues: dict[str, MessageQueue] = {}
        self.router = Router(self.exchanges, self.queues, cached=runtime.limits.cached_routes)
        self.replies = ReplyAddresses()
        self.interposer: ConfirmInterposer | None = None
        """Who is asked about confirms; set by `interpose`."""
        self._policies: tuple[Policy, ...] = ()
        self._bindings = 0
        self.dead_letters = DeadLetters(name, self.exchanges, self.router, runtime)
        for exchange, (kind, internal) in PREDECLARED.items():
            self.add_exchange(exchange, kind, internal=internal)

    # Messages

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        header: bytes,
        *,
        mandatory: bool = False,
        token: object = None,
    ) -> bool:
        """Publish from within this process, where every permission is given.

        Args:
            header: raw properties, well-formed.
            mandatory: the caller deals with an unroutable message itself; otherwise the observer
                is told that it was dropped.
            token: what the observer is told about the message by.

        Returns:
            False if no queue took it: unroutable, or refused by a full queue.

        Raises:
            ChannelError: 404 no such exchange, 406 expiration or CC/BCC invalid.
        """
        message, further = addressed(Message(exchange, routing_key, body, header, token))
        queues = None if further else self.router.known(exchange, routing_key)
        if queues is None:
            queues = self.router.route(self.exchange(exchange), message, further)
        if not queues and not mandatory and token is not None:
            self.runtime.observer.dropped(self.name, "", message, "unroutable")
        return bool(queues) and not enqueue(message, queues, self.dead_letters.gathered)

    def subscribe(
        self,
        queue: str,
        on_message: Callable[[LocalDelivery], None],
        *,
        prefetch: int,
        user: str = "",
    ) -> LocalConsumer:
        """Consume from within this process; `on_message` may be called before this returns.

        Args:
            prefetch: how many deliveries may be unacknowledged, 0 for as many as the limits allow.
            user: on whose behalf, for the observer.

        Raises:
            ChannelError: 404 no such queue.
        """
        window = prefetch or self.runtime.limits.unacked_per_consumer
        consumer = LocalConsumer(self.queue(queue), on_message, window=window, user=user)
        consumer.start()
        return consumer

    def interpose(self, interposer: ConfirmInterposer | None) -> None:
        """Ask about every publish that is confirmed from now on; `None`: nobody is asked."""
        self.interposer = interposer
        self.router.forget()

    def depths(self) -> dict[str, QueueDepth]:
        """How full each queue is."""
        return {name: queue.depth for name, queue in self.queues.items()}

    def purge(self) -> None:
        """Drop the ready messages of every queue."""
        for queue in self.queues.values():
            queue.purge()

    def clear(self) -> None:
        """Delete every queue and every exchange, but those that every vHost has."""
        for queue in tuple(self.queues.values()):
            self.remove_queue(queue)
        for exchange in tuple(self.exchanges.values()):
            # One that deletes itself may be gone with those before.
            if exchange.name not in PREDECLARED and exchange.name in self.exchanges:
                self.remove_exchange(exchange)

    # Exchanges

    def exchange(self, name: str) -> Exchange:
        """The exchange called `name`.

        Raises:
            ChannelError: 404.
        """
        exchange = self.exchanges.get(name)
        if exchange is None:
            raise not_found("exchange", name, self.name)
        return exchange

    def add_exchange(
        self,
        name: str,
        kind: str,
        *,
        durable: bool = True,
        auto_delete: bool = False,
        internal: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """Make an exchange that does not exist; `kind` is a key of `EXCHANGE_TYPES`.

        Raises:
            ConnectionError_: 530 there are too many.
        """
        limit = self.runtime.limits.exchanges
        if len(self.exchanges) >= limit:
            raise not_allowed(
                f"cannot declare exchange '{name}': "
                f"exchange limit in vhost '{self.name}' ({limit}) is reached"
            )
        exchange = EXCHANGE_TYPES[kind](
            name,
            durable=durable,
            auto_delete=auto_delete,
            internal=internal,
            arguments=arguments,
        )
        self.exchanges[name] = exchange
        if durable and name not in PREDECLARED:
            self.runtime.store.exchange_added(self.name, exchange)
        self.router.forget()
        return exchange

    def remove_exchange(self, exchange: Exchange) -> None:
        """Delete an exchange with its bindings, and what goes with them."""
        del self.exchanges[exchange.name]
        sources = self._unbind_all(exchange)
        for binding in exchange.bindings:
            self._take_back(binding)
        if exchange.durable:
            self.runtime.store.exchange_removed(self.name, exchange)
        self.router.forget()
        self._remove_unused(sources)

    # Queues

    def queue(self, name: str) -> MessageQueue:
        """The queue called `name`.

        Raises:
            ChannelError: 404.
        """
        queue = self.queues.get(name)
        if queue is None:
            raise not_found("queue", name, self.name)
        return queue

    def add_queue(
        self,
        name: str,
        *,
        durable: bool = True,
        auto_delete: bool = False,
        owner: ConnectionOwner | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> MessageQueue:
        """Make a queue that does not exist.

        Raises:
            ChannelError: 406 there are too many.
        """
        limit = self.runtime.limits.queues
        if len(self.queues) >= limit:
            raise precondition_failed(
                f"cannot declare queue '{name}': "
                f"queue limit in vhost '{self.name}' ({limit}) is reached"
            )
        given = arguments or {}
        queue = MessageQueue(
            name,
            self,
            merge_settings(given, effective_policy(self._policies, name)),
            durable=durable,
            auto_delete=auto_delete,
            owner=owner,
            arguments=given,
        )
        self.queues[name] = queue
        if owner is not None:
            owner.own(queue, self.remove_queue)
        if queue.survives:
            queue.messages.log = self.runtime.store.queue_added(self.name, queue)
        self.router.forget()
        return queue

    def bury(self, queue: MessageQueue, message: Message, reason: str) -> None:
        """Send a message that left `queue` for `reason` to the queue's dead-letter exchange."""
        self.dead_letters.bury(queue, message, reason)

    def unused_name(self) -> str:
        """A name for a queue whose client leaves the choice to the broker."""
        return f"amq.gen-{urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b'=').decode()}"

    def remove_queue(self, queue: MessageQueue) -> int:
        """Delete a queue with its messages and bindings; gives how many messages were ready."""
        if queue.deleted:
            return 0
        del self.queues[queue.name]
        if queue.owner is not None:
            queue.owner.disown(queue)
        sources = self._unbind_all(queue)
        if queue.survives:
            queue.messages.log = None
            self.runtime.store.queue_removed(self.name, queue)
        self.router.forget()
        count = queue.delete()
        self._remove_unused(sources)
        return count

    # Bindings

    def bind(
        self,
        source: Exchange,
        destination: Destination,
        routing_key: str,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Bind `destination` to `source`; nothing changes if it already is.

        Raises:
            ConnectionError_: 530 there are too many bindings.
        """
        given = arguments or {}
        if source.find(destination, routing_key, given) is not None:
            return
        limit = self.runtime.limits.bindings
        if self._bindings >= limit:
            raise not_allowed(f"binding limit in vhost '{self.name}' ({limit}) is reached")
        binding = source.bind(destination, routing_key, given)
        self._bindings += 1
        if binding.survives:
            self.runtime.store.bound(self.name, binding)
        self.router.forget()

    def unbind(self, binding: Binding) -> None:
        """Take back a binding; an auto-delete exchange goes with its last one."""
        self._take_back(binding)
        self.router.forget()
        self._remove_unused([binding.source])

    # Policies

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies of its queues."""
        return self._policies

    def set_policies(self, policies: Iterable[Policy]) -> None:
        """Replace all policies; they govern existing queues from now on."""
        self._policies = tuple(policies)
        for queue in self.queues.values():
            queue.apply(
                merge_settings(queue.arguments, effective_policy(self._policies, queue.name))
            )

    def _unbind_all(self, destination: Destination) -> list[Exchange]:
        """Take back what binds `destination`; gives the exchanges it was bound to."""
        sources = []
        for binding in tuple(destination.inbound):
            self._take_back(binding)
            sources.append(binding.source)
        return sources

    def _take_back(self, binding: Binding) -> None:
        binding.source.unbind(binding)
        self._bindings -= 1
        if binding.survives:
            self.runtime.store.unbound(self.name, binding)

    def _remove_unused(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            unused = exchange.auto_delete and not exchange.bindings
            if unused and self.exchanges.get(exchange.name) is exchange:
                self.remove_exchange(exchange)
