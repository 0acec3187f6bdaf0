"""Takes batches from a store to its file, beside the event loop's other work.

Rows are written in the loop's thread, which costs microseconds; the commit, which waits for the
disk, runs in a thread of its own. What happens meanwhile makes up the next batch.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from hubemu.broker.store.batch import Batch
from hubemu.broker.store.recorder import DiskStore
from hubemu.supervision import Supervision

__all__ = ["Committer"]

_LOG = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 0.01
"""How long a batch for which nobody waits may grow: what comes and goes meanwhile costs nothing."""


class Committer:
    """Commits what a store collects, from `start` to `stop`.

    Args:
        store: collects it.
        supervision: keeps it alive.
        on_trouble: told True when nothing can be written any more, False when it can again.
    """

    def __init__(
        self,
        store: DiskStore,
        supervision: Supervision,
        on_trouble: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._supervision = supervision
        self._on_trouble = on_trouble
        self._changed = asyncio.Event()
        self._awaited = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "state-file")
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self.trouble: str | None = None
        """Why nothing can be written at the moment; None while it can."""

    def start(self) -> None:
        """Begin; must be called inside the event loop."""
        self._store.on_change = self._changed.set
        self._store.on_wait = self._awaited.set
        self._changed.set()
        self._task = self._supervision.keep(f"writing {self._store.file.path}", self._run)

    async def stop(self) -> None:
        """Commit what is left and let go of the file. Idempotent."""
        task, self._task = self._task, None
        self._stopping = True
        self._changed.set()
        self._awaited.set()
        try:
            if task is not None:
                await task
        finally:
            self._thread.shutdown()
            self._store.close()

    async def safe(self) -> None:
        """Wait until all that was done so far is on disk."""
        waiter = _Waiter()
        self._store.promise(waiter, 0, True)
        await waiter.told.wait()

    async def _run(self) -> None:
        left = self._store.in_flight
        if left is not None and not await self._commit(left):
            return
        self._changed.set()
        while True:
            await self._changed.wait()
            self._changed.clear()
            # One more turn: the dispatcher may pass on at once what has just come, and then only
            # what it made of that is written.
            await asyncio.sleep(0)
            await self._patience()
            batch = self._store.cut()
            if batch is not None and not await self._commit(batch):
                return
            if self._stopping and self._store.batch.empty:
                return

    async def _patience(self) -> None:
        """Let a batch grow for a moment, unless or until somebody waits for it."""
        if not (self._store.batch.awaited or self._stopping):
            self._awaited.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awaited.wait(), _PATIENCE_SECONDS)

    async def _commit(self, batch: Batch) -> bool:
        """Commit until it succeeds; False if it did not and the broker stops."""
        while not await self._tried(batch):
            if self._stopping:
                return False
            await asyncio.sleep(_RETRY_SECONDS)
        self._store.committed()
        return True

    async def _tried(self, batch: Batch) -> bool:
        file = self._store.file
        try:
            file.write(batch)
            await asyncio.get_running_loop().run_in_executor(self._thread, file.commit)
        except Exception as error:
            # Whatever it is: this task must not end unseen, or nobody gets an answer any more.
            self.trouble = f"{file.path}: cannot be written ({error}); publishers wait"
            _LOG.error("%s", self.trouble)
            self._on_trouble(True)
            with suppress(sqlite3.Error):
                file.roll_back()
            return False
        self.trouble = None
        self._on_trouble(False)
        return True


class _Waiter:
    """A `Publisher` that only waits."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    def confirm(self, tag: int, accepted: bool) -> None:
        """See `Publisher`."""
        self.told.set()
