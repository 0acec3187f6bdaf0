"""Running a command's coroutine: the event loop, and signals as plain calls inside it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from hubemu.cli.ending import ENDING, Ended
from hubemu.openfiles import raise_open_files

__all__ = ["on_signals", "run_async"]

ResultT = TypeVar("ResultT")
_ASKED: ContextVar[list[int]] = ContextVar("the signals that asked this command to end")
_STOPPING = (signal.SIGINT, signal.SIGTERM)


def run_async(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run `work` to its end, on uvloop where there is one, with all files the system allows.

    Raises:
        Ended: the process was asked to end, and `work` was cancelled.
    """
    raise_open_files()
    if sys.platform == "win32" or sys.implementation.name != "cpython":
        return asyncio.run(_cancelled_by_signals(work))
    import uvloop

    return uvloop.run(_cancelled_by_signals(work))


async def _cancelled_by_signals(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    asked: list[int] = []
    _ASKED.set(asked)
    _cancel_on_signals()
    try:
        return await work
    except asyncio.CancelledError:
        if asked:
            raise Ended(asked[0]) from None
        raise


def _cancel_on_signals() -> None:
    """Have this task cancelled when the process is asked to end; asked twice, it ends at once."""
    loop, task, asked = asyncio.get_running_loop(), asyncio.current_task(), _ASKED.get()

    def cancel(number: int) -> None:
        loop.remove_signal_handler(number)
        asked.append(number)
        if task is not None:
            task.cancel()

    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN and number not in asked:
            loop.add_signal_handler(number, cancel, number)


if sys.platform == "win32":

    @contextmanager
    def on_signals(handle: Callable[[int], None]) -> Iterator[None]:
        """Call `handle` in the running loop for each SIGINT and SIGTERM, instead of ending."""
        loop = asyncio.get_running_loop()

        def pass_on(number: int, frame: object) -> None:
            loop.call_soon_threadsafe(handle, number)

        before = [(number, signal.signal(number, pass_on)) for number in _STOPPING]
        try:
            yield
        finally:
            for number, earlier in before:
                signal.signal(number, earlier)
else:

    @contextmanager
    def on_signals(handle: Callable[[int], None]) -> Iterator[None]:
        """Call `handle` in the running loop for each SIGINT and SIGTERM, instead of ending."""
        loop = asyncio.get_running_loop()
        for number in _STOPPING:
            loop.add_signal_handler(number, handle, number)
        try:
            yield
        finally:
            for number in _STOPPING:
                loop.remove_signal_handler(number)
            _cancel_on_signals()
