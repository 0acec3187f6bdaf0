"""The messages that are ready in a queue: their order, their limits, their time, their death.

Rules:
1. Messages expire at the head only.
2. Limits count ready messages only. With `reject-publish` nobody is refused but who publishes:
   what comes back is taken, however full the queue is.
3. Whatever leaves here without being handed over is dropped or dead-lettered, once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from hubemu.broker.core.durability import MessageLog
from hubemu.broker.core.message import Message
from hubemu.broker.core.ready import PriorityReady, QueuedMessage, Ready
from hubemu.broker.core.runtime import Runtime
from hubemu.broker.core.settings import QueueSettings

if TYPE_CHECKING:
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["QueueContents", "QueueHome"]


class QueueHome(Protocol):
    """What a queue needs of the vHost it is on."""

    name: str
    runtime: Runtime

    def remove_queue(self, queue: MessageQueue) -> int:
        """Take the queue out of the vHost (auto-delete and `x-expires`)."""

    def bury(self, queue: MessageQueue, message: Message, reason: str) -> None:
        """Send a message that left `queue` to the queue's dead-letter exchange."""


class QueueContents(ABC):
    """The ready messages of the queue `name`.

    Args:
        home: its vHost.
    """

    def __init__(self, name: str, home: QueueHome, settings: QueueSettings) -> None:
        self.name = name
        self.log: MessageLog | None = None
        """Who writes down the messages that survive the broker; `None` while nobody does."""
        self.ready_bytes = 0
        self._home = home
        self._vhost = home.name
        runtime = home.runtime
        self._clock = runtime.clock
        self._ledger = runtime.ledger
        self._observer = runtime.observer
        self._ready: Ready | PriorityReady = (
            PriorityReady(settings.max_priority) if settings.max_priority else Ready()
        )
        self._next_position = 0
        self._govern(settings)

    @property
    def next_position(self) -> int:
        """The place in the order that the next message will have."""
        return self._next_position

    def recover(self, messages: Iterable[QueuedMessage]) -> None:
        """Take in messages that survived the broker, sorted by position; they keep it."""
        for queued in messages:
            size = len(queued.message.body)
            self._ledger.add(size)
            self.ready_bytes += size
            self._ready.append(queued)
            self._next_position = queued.position + 1
        self._watch_head()
        self._trim()

    def purge(self) -> int:
        """Drop the ready messages; gives how many."""
        return self._clear("purged")

    def expire_head(self) -> None:
        """Let the messages go whose time is over, as far as they are at the head."""
        ready = self._ready
        if not ready or ready[0].expires_at is None:
            return
        now = self._clock.now()
        while ready and (expires_at := ready[0].expires_at) is not None and expires_at <= now:
            self._die(self._pop(), "expired")
        self._watch_head()

    # How

    def _govern(self, settings: QueueSettings) -> None:
        self.settings = settings
        self._ttl = settings.message_ttl
        self._bounded = settings.bounded
        if self._bounded:
            self._trim()

    @abstractmethod
    def _arm(self, at: float) -> None:
        """Have the queue look at its deadlines at `at`."""

    @abstractmethod
    def _bury(self, message: Message, reason: str) -> None:
        """Send a message that left to the queue's dead-letter exchange."""

    def _pop(self) -> QueuedMessage:
        ready = self._ready
        queued = ready.popleft()
        self.ready_bytes -= len(queued.message.body)
        if ready and ready[0].expires_at is not None:
            self._watch_head()
        return queued

    def _watch_head(self) -> None:
        if self._ready and (expires_at := self._ready[0].expires_at) is not None:
            self._arm(expires_at)

    def _refuses(self, message: Message, *, dead: bool) -> bool:
        del dead
        overflow = self.settings.overflow
        if overflow == "drop-head" or not self._exceeds(1, len(message.body)):
            return False
        if overflow == "reject-publish-dlx" and self.settings.dead_letter_exchange is not None:
            self._bury(message, "maxlen")
        elif message.token is not None:
            self._observer.dropped(self._vhost, self.name, message, "maxlen")
        return True

    def _trim(self) -> None:
        """Drop from the head what is too many; what was taken in is never dropped otherwise."""
        if self.settings.overflow == "drop-head":
            while self._ready and self._exceeds(0, 0):
                self._die(self._pop(), "maxlen")

    def _exceeds(self, messages: int, size: int) -> bool:
        """Whether the limits would be passed with so much more."""
        limit, limit_bytes = self.settings.max_length, self.settings.max_length_bytes
        return (limit is not None and len(self._ready) + messages > limit) or (
            limit_bytes is not None and self.ready_bytes + size > limit_bytes
        )

    def _die(self, queued: QueuedMessage, reason: str) -> None:
        message = queued.message
        if self.log is not None:
            self.log.removed(queued)
        if self.settings.dead_letter_exchange is None:
            self._drop(message, reason)
        else:
            self._ledger.remove(len(message.body))
            self._bury(message, reason)

    def _drop(self, message: Message, reason: str) -> None:
        self._ledger.remove(len(message.body))
        if message.token is not None:
            self._observer.dropped(self._vhost, self.name, message, reason)

    def _clear(self, reason: str) -> int:
        dropped = list(self._ready)
        self._ready.clear()
        self.ready_bytes = 0
        for queued in dropped:
            if self.log is not None:
                self.log.removed(queued)
            self._drop(queued.message, reason)
        return len(dropped)
