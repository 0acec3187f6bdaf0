"""The states of a connection and of its channels, and which methods lead from one to the next.

Rules:
1. Only the tables here decide whether a method that opens or closes is legal; a lookup miss is an
   error. `Control` and `ChannelSession` look up, carry out, and then move on.
2. A refused method changes nothing. What is refused closes instead, from any state: a connection
   goes to *closing*, or to *closed* where RabbitMQ hangs up at once; a channel goes to *closing*.
3. *Closing*: close was sent or answered; all but close and close-ok is dropped. *Closed* is final:
   nothing that comes is looked at any more.
4. The joint rule: a connection that is *closing* or *closed* has no channels; what they held went
   back to its queues before the client is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

__all__ = ["CHANNEL_NEXT", "ENDED", "NEXT", "ChannelState", "State"]


class State(Enum):
    """Of a connection. The value is RabbitMQ's word, which clients see in a close text."""

    AWAIT_HEADER = "pre_init"
    STARTING = "starting"
    TUNING = "tuning"
    OPENING = "opening"
    RUNNING = "running"
    CLOSING = "closing"
    CLOSED = "closed"


NEXT: Final[Mapping[State, Mapping[str, State]]] = {
    State.AWAIT_HEADER: {},
    State.STARTING: {"connection.start_ok": State.TUNING},
    State.TUNING: {"connection.tune_ok": State.OPENING},
    State.OPENING: {"connection.open": State.RUNNING},
    State.RUNNING: {
        "connection.update_secret": State.RUNNING,
        "connection.close": State.CLOSING,
    },
    State.CLOSING: {"connection.close": State.CLOSING, "connection.close_ok": State.CLOSED},
    State.CLOSED: {},
}
ENDED: Final = frozenset({State.CLOSING, State.CLOSED})


class ChannelState(Enum):
    """Of one channel; only an open one has a side in the broker's core."""

    STARTING = "starting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


CHANNEL_NEXT: Final[Mapping[ChannelState, Mapping[str, ChannelState]]] = {
    ChannelState.STARTING: {"channel.open": ChannelState.OPEN},
    ChannelState.OPEN: {"channel.close": ChannelState.CLOSED},
    ChannelState.CLOSING: {
        # Both sides may close at once: then ours still waits for its own close-ok.
        "channel.close": ChannelState.CLOSING,
        "channel.close_ok": ChannelState.CLOSED,
    },
    ChannelState.CLOSED: {},
}
