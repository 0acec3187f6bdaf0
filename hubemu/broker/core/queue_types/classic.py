"""What a classic queue does, and whatever other type of queue does not say otherwise.

Rules (RabbitMQ's):
1. What comes back takes its old place.
2. With `reject-publish` nobody is refused but who publishes: what comes back is taken, however
   full the queue is.
3. Limits are changed before the overflow behaviour: what is too many by then is dropped if the
   queue dropped until now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from hubemu.broker.core.backlog import PART
from hubemu.broker.core.message import Message
from hubemu.broker.core.ready import PriorityReady, QueuedMessage, Ready
from hubemu.broker.core.settings import QueueSettings

if TYPE_CHECKING:
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["ClassicType"]


class ClassicType:
    """The type of one queue, with what it remembers of it."""

    name: ClassVar[str] = "classic"
    counts_deliveries: ClassVar[bool] = False
    """Whether it remembers how often each message came back, and tells clients."""
    forgets_expired_at_once: ClassVar[bool] = True
    """Whether what basic.get says is left does not count what expired behind it."""
    keeps_transient: ClassVar[bool] = False
    """Whether all messages survive the broker, not only persistent ones."""
    knows_global_prefetch: ClassVar[bool] = True
    """Whether a prefetch of a whole channel holds its consumers."""
    single_active_by_priority: ClassVar[bool] = True
    """Whether priorities count where one consumer is active at a time."""
    limits_before_overflow: ClassVar[bool] = True
    """See rule 3."""
    refusing_overflows: ClassVar[frozenset[str]] = frozenset(
        {"reject-publish", "reject-publish-dlx"}
    )
    trims_before_consumers: ClassVar[bool] = True
    """Whether limits count what came back before consumers took some of it."""
    held_is_used: ClassVar[bool] = False
    """Whether it is in use while somebody holds a message of it, and by settling, but not by
    declaring it again."""
    comes_to_old_place: ClassVar[bool] = True
    """Whether what is left by who went away finds its place by itself, in whatever order."""
    tells_refusals_in_tx: ClassVar[bool] = True
    """Whether tx.commit fails if the queue refuses a message."""
    foreign_arguments: ClassVar[tuple[str, ...]] = (
        "x-dead-letter-strategy",
        "x-delivery-limit",
        "x-initial-cluster-size",
        "x-max-age",
        "x-max-in-memory-bytes",
        "x-max-in-memory-length",
        "x-queue-leader-locator",
        "x-quorum-initial-group-size",
        "x-stream-max-segment-size-bytes",
    )
    """Arguments that RabbitMQ knows, and refuses for this type."""
    foreign_consumer_arguments: ClassVar[frozenset[str]] = frozenset({"x-stream-offset"})
    """The same for those of its consumers."""
    compared_arguments: ClassVar[tuple[str, ...]] = (
        "x-expires",
        "x-message-ttl",
        "x-dead-letter-exchange",
        "x-dead-letter-routing-key",
        "x-max-length",
        "x-max-length-bytes",
        "x-max-priority",
        "x-overflow",
        "x-queue-mode",
        "x-queue-version",
        "x-single-active-consumer",
        "x-queue-type",
        "x-queue-master-locator",
    )
    """What must be the same when the queue is declared again, in this order."""

    # What clients may ask

    @classmethod
    def check_server_named(cls) -> None:
        """A client leaves the name to the broker."""

    @classmethod
    def check_properties(
        cls, queue: str, vhost: str, *, durable: bool, exclusive: bool, auto_delete: bool
    ) -> None:
        """Refuse a property that the type cannot have.

        Raises:
            ChannelError: 406.
        """

    def check_deletion(self, place: str, *, if_unused: bool, if_empty: bool) -> None:
        """Refuse a condition that the type does not know.

        Raises:
            ConnectionError_: 540.
        """

    def check_get(self, queue: MessageQueue, vhost: str) -> None:
        """Refuse basic.get.

        Raises:
            ChannelError: 405.
        """

    def told(self, queued: QueuedMessage) -> Message:
        """The message as whoever gets it is told it."""
        return queued.message

    def admits(self, queue: MessageQueue, *, exclusive: bool) -> bool:
        """Whether one more consumer may come; an exclusive one wants to be alone.

        Where only one consumer is active at a time none can be exclusive.
        """
        if exclusive and queue.arguments.get("x-single-active-consumer"):
            return False
        first = next(iter(queue.consumers), None)
        return first is None or not (exclusive or first.exclusive)

    # Its messages

    _trimming = False
    """Whether more than a part of its messages is too many, and will go in later turns."""

    def ready(self, settings: QueueSettings) -> Ready | PriorityReady:
        """Where its messages wait."""
        return PriorityReady(settings.max_priority) if settings.max_priority else Ready()

    def returned_together(
        self, queue: MessageQueue, messages: Sequence[QueuedMessage]
    ) -> Iterable[Sequence[QueuedMessage]]:
        """Refused messages as they are taken back, one group after the other."""
        return (messages,)

    def left_in_order(self, messages: Sequence[QueuedMessage]) -> Sequence[QueuedMessage]:
        """The order in which messages come back whose holders went away; by delivery tag before."""
        return messages

    def left_group(self, queued: QueuedMessage) -> str:
        """What comes back together of what is left: the groups one after the other, in order."""
        return ""

    def put_back(
        self, queue: MessageQueue, messages: Sequence[QueuedMessage], *, refused: bool
    ) -> None:
        """Make ready again messages that are counted already; `refused`: see `requeue`."""
        queue.messages.restore(messages)

    def place(self, ready: Ready | PriorityReady, messages: Sequence[QueuedMessage]) -> None:
        """Put messages that are left (`left_in_order`) where they belong among others."""
        ready.restore(sorted(messages, key=_position))

    def refuses(self, queue: MessageQueue, message: Message, *, dead: bool) -> bool:
        """Whether the overflow behaviour refuses `message`, maybe a dead letter."""
        overflow = queue.settings.overflow
        if overflow == "drop-head" or not queue.messages.exceeds(1, len(message.body)):
            return False
        return not self.turn_away(queue, message)

    def turn_away(self, queue: MessageQueue, message: Message) -> bool:
        """There is no room for `message`: it dies of that, or is refused (False)."""
        settings = queue.settings
        if settings.overflow != "reject-publish" and settings.dead_letter_exchange is not None:
            queue.bury(message, "maxlen")
        else:
            queue.messages.tell_dropped(message, "maxlen")
        return settings.overflow not in self.refusing_overflows

    def trim(self, queue: MessageQueue) -> bool:
        """Drop from the head what is too many; what was taken in is never dropped otherwise.

        Gives whether there was any.
        """
        if queue.settings.overflow != "drop-head":
            return False
        return self.trim_in_parts(queue)

    def trim_in_parts(self, queue: MessageQueue) -> bool:
        """Drop what is too many, or begin to; whether there was any."""
        if self._trimming or not queue.messages.too_many:
            return False
        if not self._trim_part(queue):
            self._trimming = True
            queue.messages.later(partial(self._trim_part, queue))
        return True

    def _trim_part(self, queue: MessageQueue) -> bool:
        """Take out a part of what is too many; whether none is left."""
        messages = queue.messages
        for _ in range(PART):
            if not messages.too_many:
                break
            self.drop_for_room(queue, messages.pop())
        else:
            return False
        self._trimming = False
        self.trimmed(queue)
        return True

    def drop_for_room(self, queue: MessageQueue, queued: QueuedMessage) -> None:
        """A message was taken out because there are too many."""
        queue.messages.die(queued, "maxlen")

    def trimmed(self, queue: MessageQueue) -> None:
        """There are not too many any more."""


def _position(queued: QueuedMessage) -> int:
    return queued.position
