"""Running a command's coroutine: the event loop, and signals as plain calls inside it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hubemu.openfiles import raise_open_files

__all__ = ["on_signals", "run_async"]

ResultT = TypeVar("ResultT")
_STOPPING = (signal.SIGINT, signal.SIGTERM)


def run_async(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run `work` to its end, on uvloop where there is one, with all files the system allows."""
    raise_open_files()
    if sys.platform == "win32" or sys.implementation.name != "cpython":
        return asyncio.run(work)
    import uvloop

    return uvloop.run(work)


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
