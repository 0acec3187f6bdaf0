"""The two brokers of a comparison, whose clocks are kept in step."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

from hubemu.broker.core import Broker
from hubemu.clock import Clock
from tests.broker.differential.generating import Dialogue
from tests.broker.differential.playing import Played, play
from tests.support.amqp_dialogue import Reply
from tests.support.queue_talk import DialogueLine, SocketLine

__all__ = ["Times", "on_the_embedded_broker", "on_the_node"]

Times = list[float]
"""Seconds from the beginning at which each step began."""
_PATIENCE: Final = 15.0


def on_the_node(dialogue: Dialogue, port: int) -> tuple[Played, Times]:
    """Play it on the RabbitMQ node at a port; also when its steps began."""
    times: Times = []
    start = time.monotonic()

    def before(_: int, seconds: float) -> None:
        times.append(time.monotonic() - start)
        time.sleep(seconds)

    return play(dialogue, lambda: SocketLine(port), before), times


def on_the_embedded_broker(
    dialogue: Dialogue, times: Times, cut: random.Random | None = None
) -> Played:
    """Play it on a broker of its own, whose clock shows at each step what the node's did.

    Args:
        dialogue: the steps.
        times: when each begins.
        cut: where given, all bytes come in pieces, cut by chance.
    """
    start = time.time()
    now = start
    clock = Clock(lambda: now)
    broker = Broker(clock)
    broker.add_vhost("/")
    broker.grant("guest", "/", ".*", ".*", ".*")

    def before(number: int, seconds: float) -> None:
        nonlocal now
        until = start + times[number] + seconds
        # Each deadline at its time: what dies then may have another one before the step.
        while (deadline := broker.next_deadline()) is not None and deadline <= until:
            now = max(now, deadline)
            broker.expire()
        now = until
        broker.expire()

    return play(dialogue, lambda: _Line(broker, cut), before)


class _Line(DialogueLine):
    """A connection to the embedded broker that brings its messages of no time to their end."""

    def __init__(self, broker: Broker, cut: random.Random | None) -> None:
        super().__init__(broker)
        self._expire: Callable[[], None] = broker.expire
        self._cut = cut

    def send(self, data: bytes) -> None:
        """Send bytes, in pieces where it is so wanted."""
        while self._cut is not None and len(data) > 1:
            size = self._cut.choice((1, 2, 7, 8, 9, 30, len(data)))
            super().send(data[:size])
            data = data[size:]
        super().send(data)
        self._expire()

    def next(self) -> Reply:
        """The next frame."""
        self._expire()
        return super().next()
