"""A log of connections for tests that read it not, or by itself."""

from __future__ import annotations

from hubemu.clock import Clock
from hubemu.events import ConnectionLog, Directory, EventLog

__all__ = ["NOBODY", "silent_log"]

NOBODY = Directory(users={}, ids={}, vhosts=())
"""A Hub without clients."""


def silent_log() -> ConnectionLog:
    """A log whose events nobody hears."""
    return ConnectionLog(EventLog(Clock()), NOBODY)
