"""The time of a Hub, moved."""

from __future__ import annotations

from hubemu.clock import Clock
from hubemu.engines import Engine
from hubemu.errors import CheckFailed, InputError
from hubemu.events import EventLog
from hubemu.journal import utc_text
from hubemu.settings import EngineKind, Settings

__all__ = ["advance", "clock_of"]


def clock_of(settings: Settings) -> Clock:
    """The clock of a Hub.

    Raises:
        InputError: it is to be one of its own beside RabbitMQ, which has its own.
    """
    own = settings.begins is not None or settings.stands
    if own and settings.engine is EngineKind.RABBITMQ:
        option = "--now" if settings.begins is not None else "--clock stands"
        raise InputError(
            option,
            "the clock of RabbitMQ cannot be moved or stopped: leave it out, or use the embedded "
            "engine",
        )
    return Clock(begins=settings.begins, stands=settings.stands)


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
