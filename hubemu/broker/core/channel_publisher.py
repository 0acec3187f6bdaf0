"""What a channel publishes: who may, what is refused, where it goes, what is confirmed.

Rules:
1. Checks come in RabbitMQ's order: permission, existence, internal, topic, reply-to, user id,
   expiration, CC/BCC, delivery mode.
2. What has been checked and routed for an (exchange, routing key) holds until the topology or a
   permission changes.
3. A return goes to the sink before the confirm of the same publish.
4. A confirm waits until all that was done before is safe (`Store.promise`).
"""

from __future__ import annotations

from typing import Final

from hubemu.broker.core.channel_context import ChannelContext
from hubemu.broker.core.channel_mode import ChannelMode
from hubemu.broker.core.confirming import (
    NOT_TAKEN,
    ConfirmInterposer,
    InterposedSink,
    PublisherSink,
)
from hubemu.broker.core.copies import further_keys
from hubemu.broker.core.errors import (
    FULL,
    access_refused,
    not_implemented,
    precondition_failed,
    resource_error,
)
from hubemu.broker.core.message import Message
from hubemu.broker.core.publishing import addressed, enqueue
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.reply_consumer import ReplyConsumer
from hubemu.broker.core.reply_to import REPLY_TO, is_answer, with_reply_address
from hubemu.broker.core.sink import ChannelSink
from hubemu.broker.core.transaction import RoutedMessage, Transaction
from hubemu.broker.wire.properties import NO_PROPERTIES, delivery_mode, user_id

__all__ = ["ChannelPublisher"]

_REPLY_TO = 0x02
_WATCHED = 0x01 | _REPLY_TO
"""Flags of expiration and reply-to in the first octet of a raw header."""
_HEADERS = 0x20
_DELIVERY_MODE = 0x10
"""Their flags in the first octet."""
_USER_ID = 0x10
"""Its flag in the second octet."""
_MODES = (1, 2)
"""Transient, persistent."""
_NO_ROUTE: Final = 312
"""Why a mandatory message comes back."""


class ChannelPublisher:
    """The publishing of one channel; a `Publisher` to the store."""

    __slots__ = (
        "_context",
        "_epoch",
        "_instant",
        "_interposer",
        "_limits",
        "_memory_use",
        "_mode",
        "_own_sink",
        "_plain",
        "_published",
        "_replies",
        "_router",
        "_routes",
        "_sink",
        "_store",
        "_vhost",
        "closed",
    )

    def __init__(
        self, context: ChannelContext, sink: ChannelSink, mode: ChannelMode, replies: ReplyConsumer
    ) -> None:
        self.closed = False
        """Whether nobody waits for confirms any more."""
        self._context = context
        self._vhost = context.vhost
        self._own_sink = sink
        self._sink: PublisherSink = sink
        self._interposer: ConfirmInterposer | None = None
        self._mode = mode
        self._replies = replies
        runtime = context.vhost.runtime
        self._limits = runtime.limits
        self._memory_use = runtime.memory_use
        self._store = runtime.store
        self._instant = runtime.store.instant
        self._router = context.vhost.router
        self._epoch = -1
        self._routes: dict[tuple[str, str], tuple[MessageQueue, ...]] = {}
        self._published = 0
        self._plain = NO_PROPERTIES
        """The last raw header that needs no look."""

    @property
    def context(self) -> ChannelContext:
        """Whose channel it is, on which vHost and connection."""
        return self._context

    @property
    def next_tag(self) -> int:
        """The delivery tag of the next publish that is confirmed."""
        return self._published + 1

    def tell(self, tag: int, accepted: bool) -> None:
        """Send a confirm that was withheld (`ConfirmInterposer`), unless the channel is closed."""
        if not self.closed:
            self._own_sink.confirm(tag, accepted)

    def confirm(self, tag: int, accepted: bool) -> None:
        """See `Publisher`; nobody waits any more once the channel is closed."""
        if not self.closed:
            self._sink.confirm(tag, accepted)

    def publish(self, message: Message, mandatory: bool = False, immediate: bool = False) -> None:
        """Route `message` into queues; its return reaches the sink before the end.

        Raises:
            ChannelError: 403, 404, or 406 for a property that contradicts user or format.
            ConnectionError_: 540 `immediate`, 506 the broker is full.
        """
        if immediate:
            raise not_implemented("immediate=true")
        if self._epoch != self._router.epoch:
            self._look_again()
        queues = self._routes.get((message.exchange, message.routing_key))
        header = message.header
        if queues is None or (header != self._plain and not self._is_plain(header)):
            message, queues = self._admit(message, queues)
        if self._memory_use.under_pressure and self._memory_use.full:
            raise resource_error(FULL)
        mode = self._mode
        if mode.transaction is not None:
            names = self._places(message, queues)
            self._hold_back(mode.transaction, RoutedMessage(message, names, mandatory))
            return
        accepted = not enqueue(message, queues, self._vhost.dead_letters.gathered)
        if mandatory and not queues:
            self._sink.returned(message, _NO_ROUTE, "NO_ROUTE")
        if mode.confirming:
            self._published += 1
            if self._instant:
                self._sink.confirm(self._published, accepted)
            else:
                self._store.promise(self, self._published, accepted)

    def _is_plain(self, header: bytes) -> bool:
        """Whether nothing in a raw header asks for `_admit`; if so it is known when it comes again.

        A publisher says the same of message after message.
        """
        flags = header[0]
        if (
            flags & _WATCHED
            or header[1] & _USER_ID
            or (flags & _HEADERS and header.find(b"CC") >= 0)
            or (flags & _DELIVERY_MODE and delivery_mode(header) not in _MODES)
        ):
            return False
        self._plain = header
        return True

    def carry_out(self, publication: RoutedMessage) -> bool:
        """Publish into the queues that still exist, or exist by now; False if one refuses it.

        That one of some types refuses it is not told, as RabbitMQ does not.
        """
        message, names, mandatory = publication
        queues = [found for name in names if (found := self._vhost.queues.get(name)) is not None]
        refused = enqueue(message, queues, self._vhost.dead_letters.gathered)
        if mandatory and not queues:
            self._sink.returned(message, _NO_ROUTE, "NO_ROUTE")
        return not any(queue.type.tells_refusals_in_tx for queue in refused)

    def _look_again(self) -> None:
        """What exists has changed, or what is permitted, or who stands between."""
        self._routes.clear()
        self._epoch = self._router.epoch
        interposer = self._vhost.interposer
        if interposer is not None and not interposer.concerns(self):
            interposer = None
        self._interposer = interposer
        own = self._own_sink
        self._sink = own if interposer is None else InterposedSink(own, self, interposer)

    def _admit(
        self, message: Message, queues: tuple[MessageQueue, ...] | None
    ) -> tuple[Message, tuple[MessageQueue, ...]]:
        """Check a message and route it; `queues` is its route if its place is checked already."""
        if queues is None:
            self._authorise(message)
        if message.header[0] & _REPLY_TO:
            message = self._with_own_address(message)
        header = message.header
        claimed, user = user_id(header), self._context.user.name
        if claimed is not None and claimed != user:
            raise precondition_failed(
                f"user_id property set to '{claimed}' but authenticated user was '{user}'"
            )
        message, further = addressed(message)
        if header[0] & _DELIVERY_MODE and (mode := delivery_mode(header)) not in _MODES:
            raise precondition_failed(f"invalid message: {{delivery_mode_unknown,{mode}}}")
        if not message.exchange:
            self._vhost.replies.send(message, (message.routing_key, *further))
            if is_answer(message) and not further:
                return message, ()
        if queues is None or further:
            source = self._vhost.exchange(message.exchange)
            queues = self._router.route(source, message, further)
            self._remember(message)
        if self._interposer is not None and self._mode.confirming:
            return message, self._taken(self._interposer, message, queues)
        return message, queues

    def _taken(
        self,
        interposer: ConfirmInterposer,
        message: Message,
        queues: tuple[MessageQueue, ...],
    ) -> tuple[MessageQueue, ...]:
        return queues if interposer.takes(self, message, queues) else NOT_TAKEN

    def _with_own_address(self, message: Message) -> Message:
        if message.properties.reply_to != REPLY_TO:
            return message
        if self._replies.address is None:
            raise precondition_failed("fast reply consumer does not exist")
        return with_reply_address(message, self._replies.address)

    def _authorise(self, message: Message) -> None:
        exchange, key = message.exchange, message.routing_key
        self._context.access.require("write", "exchange", exchange)
        found = self._vhost.exchange(exchange)
        if found.internal:
            raise access_refused(
                f"cannot publish to internal exchange '{exchange}' in vhost '{self._vhost.name}'"
            )
        if found.type == "topic":
            self._context.access.require_topic("write", exchange, key)

    def _remember(self, message: Message) -> None:
        if self._interposer is not None or self._context.access.denied is not None:
            return  # each message is asked about
        queues = self._router.known(message.exchange, message.routing_key)
        if queues is not None:
            if len(self._routes) >= self._limits.cached_routes_per_channel:
                self._routes.clear()
            self._routes[message.exchange, message.routing_key] = queues

    def _places(self, message: Message, queues: tuple[MessageQueue, ...]) -> tuple[str, ...]:
        """The names of its queues; the default exchange takes every key for one, unasked."""
        if message.exchange:
            return tuple(queue.name for queue in queues)
        return tuple(dict.fromkeys((message.routing_key, *further_keys(message))))

    def _hold_back(self, transaction: Transaction, publication: RoutedMessage) -> None:
        if len(transaction.publications) >= self._limits.transaction_messages:
            raise resource_error("too many messages in one transaction: commit before going on")
        transaction.publications.append(publication)
        size = len(publication.message.body) + len(publication.message.header)
        transaction.held += size
        self._memory_use.hold(size)
