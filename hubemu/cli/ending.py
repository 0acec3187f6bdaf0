"""An end that is asked for from outside: what the command started ends with it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["ENDING", "Ended", "ended_in_order"]

# Windows ends processes without telling them.
ENDING = () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGHUP)
"""What asks a process to end, beside Ctrl-C."""


class Ended(BaseException):
    """The process is to end; not an `Exception`, which somebody might take for a fault."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Have SIGTERM, and SIGHUP of a terminal that is closed, unwind what is under way, then end it.

    A process that just dies leaves behind what it started: a Hub, a RabbitMQ, a folder of keys.
    Python does so for Ctrl-C only. A second signal ends it at once, and whoever waits for the
    process learns that it was the signal. Where they are ignored (`nohup`), they stay so.
    """
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _unwind)
    try:
        yield
    except Ended as ended:
        signal.signal(ended.number, signal.SIG_DFL)
        os.kill(os.getpid(), ended.number)
        raise


def _unwind(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise Ended(number)
