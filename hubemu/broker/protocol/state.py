"""The states of a connection, and what channel 0 may say in each.

Rules:
1. Only the tables here decide whether a connection method is legal; a lookup miss is an error.
2. A refused method changes nothing.
3. Once a close was sent or answered, all but close and close-ok is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

__all__ = ["LEGAL", "State"]


class State(Enum):
    """The value is RabbitMQ's word, which clients see in a close text."""

    AWAIT_HEADER = "pre_init"
    STARTING = "starting"
    TUNING = "tuning"
    OPENING = "opening"
    RUNNING = "running"
    CLOSED = "closed"


LEGAL: Final[Mapping[State, frozenset[str]]] = {
    State.AWAIT_HEADER: frozenset(),
    State.STARTING: frozenset({"connection.start_ok"}),
    State.TUNING: frozenset({"connection.tune_ok"}),
    State.OPENING: frozenset({"connection.open"}),
    State.RUNNING: frozenset({"connection.close", "connection.update_secret"}),
    State.CLOSED: frozenset({"connection.close", "connection.close_ok"}),
}
