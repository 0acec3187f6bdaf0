"""A quorum queue, as far as its clients can tell it from a classic one.

Rules (RabbitMQ 3.10's):
1. Who refuses a message puts it behind all others, unless the queue has a delivery limit. Then, and
   if it is left by who went away, it goes to the front, behind those that came back before it.
2. Limits count after the consumers took what they accept; of several messages dropped at once the
   last is dead-lettered first. `reject-publish-dlx` is no overflow behaviour of a quorum queue: it
   drops from the head.
3. With `reject-publish` one message more than the limit is taken; from then on none is, until the
   queue has drained to four fifths of its limits. Dead letters are always taken.
4. No consumer is exclusive; the flag is ignored.
5. It expires (`x-expires`) only when nobody holds a message of it; settling renews its time, while
   declaring it again does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage, Ready

__all__ = ["QuorumQueue"]

_DRAINED: Final = 0.8
_REJECT: Final = "reject-publish"


class QuorumQueue(MessageQueue):
    """A queue declared with the type `quorum`."""

    counts_deliveries = True
    trims_before_consumers = False
    _ready: Ready
    _returned = 0
    """How many at the front came back."""
    _full = False
    """Whether nothing more is taken until it has drained."""

    def admits(self, *, exclusive: bool) -> bool:
        """See `MessageQueue`."""
        del exclusive
        return True

    @property
    def in_use(self) -> bool:
        """See `MessageQueue`."""
        return self.unacked > 0 or super().in_use

    def declared_again(self) -> None:
        """See `MessageQueue`."""

    def acknowledge(self, queued: QueuedMessage) -> None:
        """See `MessageQueue`."""
        super().acknowledge(queued)
        self._settled()

    def reject(self, queued: QueuedMessage) -> None:
        """See `MessageQueue`."""
        super().reject(queued)
        self._settled()

    def requeue(self, messages: Sequence[QueuedMessage], *, refused: bool = False) -> None:
        """See `MessageQueue`."""
        for returned in self._returned_together(messages) if refused else (messages,):
            super().requeue(returned, refused=refused)
            if self._bounded and not self.depth.consumers:
                self._trim()
        self._settled()

    def pump(self) -> None:
        """See `MessageQueue`; what is too many then goes."""
        super().pump()
        if self._bounded and not self._handing_over:
            self._trim()

    def _settled(self) -> None:
        if self.settings.expires is not None:
            self.touch()

    def _returned_together(
        self, messages: Sequence[QueuedMessage]
    ) -> Iterable[Sequence[QueuedMessage]]:
        """Refused messages as RabbitMQ takes them back: what basic.get gave comes one by one."""
        if self.settings.delivery_limit is None:
            return [(queued,) for queued in messages]
        by_consumer: dict[object, list[QueuedMessage]] = {}
        for queued in messages:
            by_consumer.setdefault(queued.consumer or queued, []).append(queued)
        return by_consumer.values()

    def _put_back(self, messages: Sequence[QueuedMessage], *, refused: bool) -> None:
        if refused and self.settings.delivery_limit is None:
            self._take_again(messages)
            return
        if self.log is not None:
            for queued in messages:
                self.log.returned(queued)
        self._ready.put_back(messages, self._returned)
        self._returned += len(messages)

    def _take_again(self, messages: Sequence[QueuedMessage]) -> None:
        for queued in messages:
            if self.log is not None:
                self.log.removed(queued)
            queued.position = self._next_position
            self._next_position += 1
            if self.log is not None:
                self.log.added(queued)
            self._ready.append(queued)

    def _pop(self) -> QueuedMessage:
        self._returned = max(self._returned - 1, 0)
        return super()._pop()

    def _clear(self, reason: str) -> int:
        self._returned = 0
        return super()._clear(reason)

    def _refuses(self, message: Message, *, dead: bool) -> bool:
        if dead or self.settings.overflow != _REJECT:
            return False
        if self._full and self._drained:
            self._full = False
        if self._full and message.token is not None:
            self._observer.dropped(self._vhost, self.name, message, "maxlen")
        return self._full

    def _trim(self) -> None:
        if self.settings.overflow == _REJECT:
            self._full = self._full or self._exceeds(0, 0)
            return
        dropped = []
        while self._ready and self._exceeds(0, 0):
            dropped.append(self._pop())
        for queued in reversed(dropped):
            self._die(queued, "maxlen")

    @property
    def _drained(self) -> bool:
        limit, limit_bytes = self.settings.max_length, self.settings.max_length_bytes
        return (limit is None or len(self._ready) <= int(limit * _DRAINED)) and (
            limit_bytes is None or self.ready_bytes <= int(limit_bytes * _DRAINED)
        )
