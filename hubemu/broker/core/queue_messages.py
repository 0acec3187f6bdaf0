"""The messages that are ready in a queue: their order, their limits, their time, their death.

Rules:
1. Messages expire at the head only. With priorities, one that comes before others is not looked at
   until its queue gives a message away or an earlier deadline comes: until then it counts and may
   be delivered, though its time is over (RabbitMQ's).
2. Limits count ready messages only.
3. Whatever leaves here without being handed over is dropped or dead-lettered, once. It counts no
   more from then on; of many the end may come in later turns (`departures`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, Protocol

from hubemu.broker.core.backlog import PART
from hubemu.broker.core.departures import Departures, MessageEnd
from hubemu.broker.core.durability import MessageLog
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue_expiry import QueueExpiry
from hubemu.broker.core.ready import PriorityReady, QueuedMessage, Ready
from hubemu.broker.core.runtime import Runtime
from hubemu.broker.core.settings import QueueSettings

if TYPE_CHECKING:
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["QueueHome", "QueueMessages"]


class QueueHome(Protocol):
    """What a queue needs of the vHost it is on."""

    name: str
    runtime: Runtime

    def remove_queue(self, queue: MessageQueue) -> int:
        """Take the queue out of the vHost (auto-delete and `x-expires`)."""

    def bury(self, queue: MessageQueue, message: Message, reason: str) -> None:
        """Send a message that left `queue` to the queue's dead-letter exchange."""


class QueueMessages:
    """The ready messages of the queue `name`. They know their queue; it is not known here.

    Args:
        home: its vHost.
        ready: where they wait.
        expiry: is armed for the first that expires.
    """

    __slots__ = (
        "_backlog",
        "_clock",
        "_departures",
        "_expiring",
        "_expiry",
        "_home",
        "_memory_use",
        "_name",
        "last_expiry",
        "log",
        "next_position",
        "ready",
        "ready_bytes",
        "settings",
    )

    def __init__(
        self,
        name: str,
        home: QueueHome,
        settings: QueueSettings,
        ready: Ready | PriorityReady,
        expiry: QueueExpiry,
    ) -> None:
        self.ready = ready
        self.ready_bytes = 0
        self.settings = settings
        self.next_position = 0
        """The place in the order that the next message will have."""
        self.last_expiry = 0.0
        """No ready message expires later, except those that never do, for which it is infinite."""
        self.log: MessageLog | None = None
        """Who writes down the messages that survive the broker; `None` while nobody does."""
        self._name = name
        self._home = home
        self._clock = home.runtime.clock
        self._memory_use = home.runtime.memory_use
        self._expiry = expiry
        self._backlog = home.runtime.backlog
        self._departures = Departures(self._backlog, self._finish)
        self._expiring = False

    # In

    def recover(self, messages: Iterable[QueuedMessage]) -> None:
        """Take in messages that survived the broker, sorted by position; they keep it."""
        for queued in messages:
            size = len(queued.message.body)
            self._memory_use.add(queued.weight)
            self.ready_bytes += size
            self.ready.append(queued)
            self.next_position = queued.position + 1
        self.last_expiry = inf
        self.watch_head()

    def restore(self, messages: Sequence[QueuedMessage]) -> None:
        """Make ready again, at their old places, messages that are counted already."""
        if self.log is not None:
            for queued in messages:
                self.log.returned(queued)
        self.ready.restore(sorted(messages, key=lambda queued: queued.position))

    def take_again(self, queued: QueuedMessage) -> None:
        """Make a message that is counted already ready again, behind all others."""
        if self.log is not None:
            self.log.removed(queued)
        queued.position = self.next_position
        self.next_position += 1
        if self.log is not None:
            self.log.added(queued)
        self.ready.append(queued)

    # Out

    def pop(self) -> QueuedMessage:
        """Take out the first message."""
        ready = self.ready
        queued = ready.popleft()
        self.ready_bytes -= len(queued.message.body)
        if ready and ready[0].expires_at is not None:
            self.watch_head()
        return queued

    def expire_head(self, *, due: bool = False) -> None:
        """Let the messages go whose time is over, as far as they are at the head.

        `due`: it is their time that calls, or a message was given away.
        """
        ready = self.ready
        if not ready or ready[0].expires_at is None:
            return
        if ready.overtakes and not due:
            return
        now = self._clock.now()
        if self.last_expiry <= now:
            self._let_all_go(MessageEnd("expired", dead_letter=True))
            return
        while self._head_is_over(now):
            self.die(self._take(), "expired")
        self.watch_head()

    def expire_in_parts(self) -> None:
        """The same when time calls: while many go, those behind them count for some turns more."""
        if not self._expiring and not self._expire_part():
            self._expiring = True
            self._backlog.later(self._expire_part)

    def _expire_part(self) -> bool:
        """Let a part of the messages go whose time is over; whether no others are left."""
        now = self._clock.now()
        if self.last_expiry > now:
            for _ in range(PART):
                if not self._head_is_over(now):
                    break
                self.die(self._take(), "expired")
            else:
                return False
        self._expiring = False
        self.expire_head(due=True)
        return True

    def _head_is_over(self, now: float) -> bool:
        ready = self.ready
        return bool(ready) and (at := ready[0].expires_at) is not None and at <= now

    def watch_new(self, expires_at: float) -> None:
        """See to it that the message that just came expires in time, if it is looked at."""
        alone = len(self.ready) == 1
        if alone or expires_at > self.last_expiry:
            self.last_expiry = expires_at
        if alone or not self.ready.overtakes:
            self.watch_head()

    def expect(self, queued: QueuedMessage) -> None:
        """A message is about to be ready again."""
        at = queued.expires_at
        if at is None or at > self.last_expiry:
            self.last_expiry = inf if at is None else at

    def watch_head(self) -> None:
        """See to it that the first message expires in time."""
        if self.ready and (expires_at := self.ready[0].expires_at) is not None:
            self._expiry.arm(expires_at, self.ready[0].queue)

    def clear(self, reason: str) -> int:
        """Drop all; gives how many."""
        count = len(self.ready)
        self._let_all_go(MessageEnd(reason, dead_letter=False))
        return count

    # Limits

    def exceeds(self, messages: int, size: int) -> bool:
        """Whether the limits would be passed with so much more."""
        limit, limit_bytes = self.settings.max_length, self.settings.max_length_bytes
        return (limit is not None and len(self.ready) + messages > limit) or (
            limit_bytes is not None and self.ready_bytes + size > limit_bytes
        )

    @property
    def too_many(self) -> bool:
        """Whether there is something to drop because the limits are passed."""
        return len(self.ready) > 0 and self.exceeds(0, 0)

    def within(self, share: float) -> bool:
        """Whether they take no more than that share of each limit."""
        limit, limit_bytes = self.settings.max_length, self.settings.max_length_bytes
        return (limit is None or len(self.ready) <= int(limit * share)) and (
            limit_bytes is None or self.ready_bytes <= int(limit_bytes * share)
        )

    # Death

    def die(self, queued: QueuedMessage, reason: str) -> None:
        """Be done with a message that is out already: it is dead-lettered, or dropped."""
        self._departures.leave(queued, self._ended(MessageEnd(reason, dead_letter=True)))

    def later(self, work: Callable[[], bool]) -> None:
        """Have `work` done in parts: see `Backlog`."""
        self._backlog.later(work)

    def drop(self, queued: QueuedMessage, reason: str) -> None:
        """Be done with a message that counts no more."""
        self._memory_use.remove(queued.weight)
        self.tell_dropped(queued.message, reason)

    def tell_dropped(self, message: Message, reason: str) -> None:
        """Tell the observer what becomes of a message."""
        if message.token is not None:
            self._home.runtime.observer.dropped(self._home.name, self._name, message, reason)

    def _take(self) -> QueuedMessage:
        """The first message, taken out; who takes the last one watches the next."""
        queued = self.ready.popleft()
        self.ready_bytes -= len(queued.message.body)
        return queued

    def _let_all_go(self, end: MessageEnd) -> None:
        """Be empty from now on."""
        gone, self.ready = self.ready, self.ready.anew()
        self.ready_bytes = 0
        if gone:
            self._departures.leave_together(gone, self._ended(end))

    def _ended(self, end: MessageEnd) -> MessageEnd:
        """How messages end as the queue is now."""
        if self.settings.dead_letter_exchange is None:
            return end._replace(dead_letter=False)
        return end

    def _finish(self, queued: QueuedMessage, end: MessageEnd) -> None:
        """Be done with a message, for good."""
        if self.log is not None:
            self.log.removed(queued)
        if end.dead_letter:
            self._memory_use.remove(queued.weight)
            self._home.bury(queued.queue, queued.message, end.reason)
        else:
            self.drop(queued, end.reason)
