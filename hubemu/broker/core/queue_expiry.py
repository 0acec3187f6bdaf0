"""When a queue has something to do for time alone: its messages expire, or it does.

Rules (RabbitMQ's) of the time that an unused queue lives (`x-expires`):
1. It stands still while the queue is in use: while it has a consumer.
2. It starts anew when the queue is declared again (passively too, unless nobody waits for the
   answer), when somebody gets from it (a message or none), when its last consumer ends, and when a
   channel ends that holds messages of it.
3. Publishing, binding, unbinding, purging and settling change nothing.

Quorum queues have rules of their own (`queue_types.quorum`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubemu.broker.core.runtime import Runtime

if TYPE_CHECKING:
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["QueueExpiry"]


class QueueExpiry:
    """The deadline of one queue, which it is given each time: what is deleted must be no cycle."""

    __slots__ = ("_armed", "_clock", "_deadlines", "_last_used")

    def __init__(self, runtime: Runtime) -> None:
        self._clock = runtime.clock
        self._deadlines = runtime.deadlines
        self._armed: float | None = None
        self.used()

    def used(self) -> None:
        """The queue was used: its time starts anew, once its deadline comes."""
        self._last_used = self._clock.now()

    def touch(self, queue: MessageQueue) -> None:
        """The queue was used: its time starts anew."""
        self.used()
        if queue.settings.expires is not None:
            self.arm(self._last_used + queue.settings.expires / 1000, queue)

    def is_over(self, queue: MessageQueue, now: float) -> bool:
        """Its deadline has come: whether the queue itself expires."""
        self._armed = None
        expires = queue.settings.expires
        if expires is None or queue.in_use:
            return False
        end = self._last_used + expires / 1000
        if end > now:
            self.arm(end, queue)
        return end <= now

    def arm(self, at: float, queue: MessageQueue) -> None:
        """Have `queue` look at its deadlines at `at`."""
        if self._armed is None or at < self._armed:
            self._armed = at
            self._deadlines.arm(at, queue)

    def disarm(self, queue: MessageQueue) -> None:
        """The queue is gone."""
        self._deadlines.disarm(queue)
