"""A quorum queue, as far as its clients can tell it from a classic one.

Rules (RabbitMQ 3.10's):
1. Who refuses a message puts it behind all others, unless the queue has a delivery limit; what
   is left by who went away takes its old place.
2. With `reject-publish` one message more than the limit is taken; from then on none is, until the
   queue has drained to four fifths of its limits.
3. No consumer is exclusive; the flag is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage

__all__ = ["QuorumQueue"]

_DRAINED: Final = 0.8


class QuorumQueue(MessageQueue):
    """A queue declared with the type `quorum`."""

    counts_deliveries = True
    _full = False
    """Whether nothing more is taken until it has drained."""

    def admits(self, *, exclusive: bool) -> bool:
        """See `MessageQueue`."""
        del exclusive
        return True

    def _put_back(self, messages: Sequence[QueuedMessage], *, refused: bool) -> None:
        if not refused or self.settings.delivery_limit is not None:
            super()._put_back(messages, refused=refused)
            return
        for queued in messages:
            if self.log is not None:
                self.log.removed(queued)
            queued.position = self._next_position
            self._next_position += 1
            if self.log is not None:
                self.log.added(queued)
            self._ready.append(queued)

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
