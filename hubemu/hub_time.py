"""The time of a Hub, moved."""

from __future__ import annotations

from hubemu.clock import Clock
from hubemu.engines import Engine
from hubemu.errors import CheckFailed
from hubemu.events import EventLog
from hubemu.journal import utc_text

__all__ = ["advance"]


def advance(engine: Engine, clock: Clock, events: EventLog, seconds: float) -> None:
    """Move the clock forward; what has expired expires before this returns.

    Raises:
        CheckFailed: the broker's own clock cannot be moved.
    """
    if not engine.clock_moves:
        raise CheckFailed(
            "the clock of RabbitMQ cannot be moved: start the Hub with a short time-to-live, "
            "such as --ttl 5, and wait; or use the embedded engine"
        )
    clock.advance(seconds)
    events.tell("clock", {"advanced": seconds, "now": utc_text(clock.now())})
