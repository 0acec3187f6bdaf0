"""How many deliveries a channel's consumers may leave unacknowledged (basic.qos).

Rules (RabbitMQ's) of a prefetch of the channel as a whole, which AMQP calls global:
1. It holds consumers without acknowledgements too, but not those of queues whose type does not
   know it.
2. What basic.get took before it was set counts as long as it is set.
3. A prefetch for consumers ends it.
"""

from __future__ import annotations

from hubemu.broker.core.limits import Limits

__all__ = ["Prefetch"]


class Prefetch:
    """The windows of one channel, and how full they are.

    Attributes:
        outstanding: unacknowledged deliveries to its consumers (not those of basic.get).
        window: how many of them make its consumers wait.
        global_count: prefetch of the channel as a whole; 0: no limit.
        consumer_window: the window of each of its future consumers.
    """

    __slots__ = ("_got", "_unlimited", "consumer_window", "global_count", "outstanding", "window")

    def __init__(self, limits: Limits) -> None:
        self._unlimited = limits.unacked_per_consumer
        self.outstanding = 0
        self.window = self.consumer_window = self._unlimited
        self.global_count = 0
        self._got = 0

    @property
    def consumer_count(self) -> int:
        """Prefetch of its future consumers; 0: no limit."""
        return 0 if self.consumer_window == self._unlimited else self.consumer_window

    def limit_consumers(self, count: int) -> None:
        """Set the prefetch of its future consumers; 0: no limit."""
        self.consumer_window = count or self._unlimited
        self.limit_channel(0, 0)

    def limit_channel(self, count: int, got: int) -> None:
        """Set the prefetch of the channel; 0: no limit.

        Args:
            got: unacknowledged messages of basic.get.
        """
        if not self.global_count:
            self._got = got
        self.global_count = count
        self.window = count - self._got if count else self._unlimited
