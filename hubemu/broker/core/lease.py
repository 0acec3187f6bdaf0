"""When a queue has something to do for time alone: its messages expire, or it does.

Rules (RabbitMQ's) of the time that an unused queue lives (`x-expires`):
1. It stands still while the queue is in use: while it has a consumer.
2. It starts anew when the queue is declared again (passively too, unless nobody waits for the
   answer), when somebody gets from it (a message or none), when its last consumer ends, and when a
   channel ends that holds messages of it.
3. Publishing, binding, unbinding, purging and settling change nothing.
"""

from __future__ import annotations

from abc import abstractmethod

from hubemu.broker.core.contents import QueueContents, QueueHome
from hubemu.broker.core.settings import QueueSettings

__all__ = ["LeasedContents"]


class LeasedContents(QueueContents):
    """The contents of a queue that may expire as a whole.

    Args:
        home: its vHost.
    """

    deleted = False

    def __init__(self, name: str, home: QueueHome, settings: QueueSettings) -> None:
        super().__init__(name, home, settings)
        self._deadlines = home.runtime.deadlines
        self._armed: float | None = None

    def touch(self) -> None:
        """It was used: its time starts anew."""
        self._last_used = self._clock.now()
        if self.settings.expires is not None:
            self._arm(self._last_used + self.settings.expires / 1000)

    def declared_again(self) -> None:
        """A client asked for it by queue.declare, passive or not, and waits for the answer."""
        self.touch()

    @property
    @abstractmethod
    def in_use(self) -> bool:
        """Whether its time stands still."""

    def on_deadline(self, now: float) -> None:
        """Expire what is due: messages at the head, or the unused queue itself."""
        self._armed = None
        if self.deleted:
            return
        expires = self.settings.expires
        if expires is not None and not self.in_use:
            lease = self._last_used + expires / 1000
            if lease <= now:
                self._expire()
                return
            self._arm(lease)
        self.expire_head()

    @abstractmethod
    def _expire(self) -> None:
        """Leave the vHost."""

    def _arm(self, at: float) -> None:
        if self._armed is None or at < self._armed:
            self._armed = at
            self._deadlines.arm(at, self)
