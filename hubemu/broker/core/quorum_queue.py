"""A quorum queue, as far as its clients can tell it from a classic one.

Rules (RabbitMQ 3.10's):
1. Who refuses a message puts it behind all others, unless the queue has a delivery limit. Then, and
   if it is left by who went away, it goes to the front, behind those that came back before it.
2. With `reject-publish` one message more than the limit is taken; from then on none is, until the
   queue has drained to four fifths of its limits.
3. No consumer is exclusive; the flag is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage, Ready

__all__ = ["QuorumQueue"]

_DRAINED: Final = 0.8


class QuorumQueue(MessageQueue):
    """A queue declared with the type `quorum`."""

    counts_deliveries = True
    _ready: Ready
    _returned = 0
    """How many at the front came back."""
    _full = False
    """Whether nothing more is taken until it has drained."""

    def admits(self, *, exclusive: bool) -> bool:
        """See `MessageQueue`."""
        del exclusive
        return True

    def _put_back(self, messages: Sequence[QueuedMessage], *, refused: bool) -> None:
        if refused and self.settings.delivery_limit is None:
            self._take_again(messages)
            return
        for queued in messages:
            if self.log is not None:
                self.log.returned(queued)
            self._ready.insert(self._returned, queued)
            self._returned += 1

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

    def _refuses(self, message: Message) -> bool:
        if self.settings.overflow == "drop-head":
            return False
        if self._full and self._drained:
            self._full = False
        if self._full and message.token is not None:
            self._observer.dropped(self._vhost, self.name, message, "maxlen")
        return self._full

    def _trim(self) -> None:
        if self.settings.overflow == "drop-head":
            super()._trim()
        elif self._exceeds(0, 0):
            self._full = True

    @property
    def _drained(self) -> bool:
        limit, limit_bytes = self.settings.max_length, self.settings.max_length_bytes
        return (limit is None or len(self._ready) <= int(limit * _DRAINED)) and (
            limit_bytes is None or self.ready_bytes <= int(limit_bytes * _DRAINED)
        )
