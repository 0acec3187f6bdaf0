"""An event loop in a thread of its own, for callers that do not await."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from hubemu.errors import HubemuError
from hubemu.testing.frames import TOLD

__all__ = ["Portal"]
__tracebackhide__ = TOLD

ResultT = TypeVar("ResultT")


class Portal:
    """Runs coroutines to their end in its own loop, from any thread; `close` it at the end."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="hubemu", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """The result of a coroutine, waited for; given up when the caller is interrupted."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except (AssertionError, HubemuError) as error:
            raise error.with_traceback(None) from None  # where in the loop, says nothing to a test
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()
