"""Takes batches from a store to its file, beside the event loop's other work.

Rows are written in the loop's thread, which costs microseconds, unless they are many; the commit,
which waits for the disk, runs in a thread of its own. What happens meanwhile makes up the next
batch.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from hubemu.broker.store.batch import Batch
from hubemu.broker.store.patience import Patience
from hubemu.broker.store.recorder import DiskStore
from hubemu.supervision import Supervision

__all__ = ["Committer"]

_LOG = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_LOOK_SECONDS = 1.0
"""How often the disk is looked at while nothing is written."""


class Committer:
    """Commits what a store collects, from `start` to `stop`.

    Args:
        store: collects it.
        supervision: keeps it alive.
        on_trouble: told after each look whether the disk is low or nothing can be written.
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
        self._patience = Patience()
        self._thread = ThreadPoolExecutor(1, "state-file")
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._look_due = False
        self._stopping = False
        self.trouble: str | None = None
        """Why publishers have to wait at the moment; None if they have not."""

    def start(self) -> None:
        """Begin; must be called inside the event loop."""
        self._store.on_change = self._changed.set
        self._store.on_wait = self._patience.waits
        self._store.on_spared = self._patience.spared
        self._changed.set()
        self._task = self._supervision.keep(f"writing {self._store.file.path}", self._run)

    async def stop(self) -> None:
        """Commit what is left and let go of the file. Idempotent."""
        task, self._task = self._task, None
        self._stopping = True
        if self._timer is not None:
            self._timer.cancel()
        self._changed.set()
        self._patience.end()
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
        # What a task before this one had in hand comes first.
        self._store.take_back()
        self._look()
        while True:
            await self._change()
            batch = self._store.cut()
            written = await self._tried(batch)
            if not written:
                self._store.take_back()
            elif batch is not None:
                self._store.committed()
            if self._stopping and (self._store.batch.empty or not written):
                return
            if not written:
                await asyncio.sleep(_RETRY_SECONDS)

    def _look(self) -> None:
        """Have the disk looked at, now and again later: others use it too."""
        if self._timer is not None:
            self._timer.cancel()
        self._look_due = True
        self._changed.set()
        self._timer = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    async def _change(self) -> None:
        """Wait for something to do."""
        await self._changed.wait()
        self._changed.clear()
        # One more turn: the dispatcher may pass on at once what has just come, and then only
        # what it made of that is written.
        await asyncio.sleep(0)
        if self._store.woken:
            await self._patience.with_(self._store.batch)

    async def _tried(self, batch: Batch | None) -> bool:
        """Commit and see to the disk; whether the batch, if there is one, is written."""
        if batch is None and not self._look_due:
            return True
        file = self._store.file
        in_thread = partial(asyncio.get_running_loop().run_in_executor, self._thread)
        try:
            if batch is not None:
                if batch.heavy:
                    await in_thread(file.write, batch)
                else:
                    file.write(batch)
                await in_thread(file.commit)
        except Exception as error:
            # Whatever it is: this task must not end unseen, or nobody gets an answer any more.
            self._tell(f"cannot be written ({error})", again=True)
            with suppress(sqlite3.Error):
                await in_thread(file.roll_back)
            return False
        if self._look_due or file.low or self.trouble:
            self._look_due = False
            self._tell(await in_thread(self._see_to_disk))
        return True

    def _see_to_disk(self) -> str | None:
        """Give room back, and why publishers have to wait, if they have."""
        file = self._store.file
        try:
            file.shrink()
            room = file.room()
        except (OSError, sqlite3.Error) as error:
            return f"no room can be made ({error})"
        return f"low on disk ({room})" if room.low else None

    def _tell(self, why: str | None, *, again: bool = False) -> None:
        """Tell the trouble, or that it is over; in the log once, unless it is told `again`."""
        before, path = self.trouble, self._store.file.path
        self.trouble = f"{path}: {why}; publishers wait" if why else None
        if self.trouble and (again or not before):
            _LOG.error("%s", self.trouble)
        if before and not self.trouble:
            _LOG.warning("%s: is written again", path)
        self._on_trouble(self.trouble is not None)


class _Waiter:
    """A `Publisher` that only waits."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    def confirm(self, tag: int, accepted: bool) -> None:
        """See `Publisher`."""
        self.told.set()
