"""A worker's process as the Hub's sees it: started, told what to do, heard, started again."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.pool.bookkeeping import Bookkeeping
from hubemu.dispatcher.pool.records import Record
from hubemu.dispatcher.pool.worker import (
    STOP,
    Assignment,
    Follow,
    Park,
    WorkerState,
    listen,
    work,
)
from hubemu.supervision import Supervision

__all__ = ["WorkerProcess"]

log = logging.getLogger(__name__)

_END_SECONDS = 3.0
_RESTART_SECONDS = 1.0
_PARK_SECONDS = 10.0
"""A process that has not settled what it has by then is ended: that comes again."""
_NOT_YET = WorkerState(running=False, parked=0, health={}, written=frozenset(), troubles=())


class WorkerProcess:
    """One worker process, started again if it ends by itself.

    Args:
        assignment: what it treats.
        place: tells what it needs to find the broker now.
        books: are told what it records.
        changed: is called when its state may have changed.
        supervision: keeps it, and tells what ended in it.
    """

    def __init__(
        self,
        assignment: Assignment,
        place: Callable[[], Any],
        books: Bookkeeping,
        changed: Callable[[], None],
        supervision: Supervision,
    ) -> None:
        self._assignment = assignment
        self._supervision = supervision
        self._name = f"dispatcher {assignment.prefix}".rstrip(".")
        self._place = place
        self._books = books
        self._changed = changed
        self._keeper: asyncio.Task[None] | None = None
        self._pipe: Connection | None = None
        self._process: SpawnProcess | None = None
        self._parked = False
        self._parkings = 0
        self._told = asyncio.Event()
        self.state = _NOT_YET
        self.written: set[tuple[str, str]] = set()

    @property
    def works(self) -> bool:
        """Whether the process consumes all that it is to."""
        return self.state.running and not self.state.parked

    def start(self) -> None:
        """Have the process run; it consumes as soon as it can."""
        if self._keeper is None:
            self._keeper = self._supervision.keep(self._name, self._keep)

    async def stop(self) -> None:
        """Have the process end, what it has written down told first."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        self.send(STOP)
        await asyncio.wait((keeper,), timeout=_END_SECONDS)
        keeper.cancel()
        await asyncio.wait((keeper,))

    def relocate(self) -> None:
        """Tell the process where the broker is now; one that is parked is told when it goes on."""
        if not self._parked:
            self.send(self._place())

    async def park(self) -> None:
        """Have the process settle what it has, and take nothing more until `go_on`.

        When this returns it has nothing any more.
        """
        self._parked = True
        self._parkings += 1
        self.send(Park(self._parkings))
        try:
            async with asyncio.timeout(_PARK_SECONDS):
                while self._process is not None and self.state.parked != self._parkings:
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            log.warning("a dispatcher's process does not settle what it has: it is started again")
            if self._process is not None:
                self._process.kill()

    def go_on(self) -> None:
        """Have the process work again."""
        self._parked = False
        self.relocate()

    def follow(self, contexts: Callable[[], Mapping[str, VHostContext]]) -> None:
        """Have the process, and one that is started later, treat what these contexts say."""
        self._assignment = replace(self._assignment, contexts=contexts)
        self.send(Follow(contexts))

    def send(self, order: object) -> None:
        """Tell the process something; nothing while there is none."""
        if self._pipe is None:
            return
        try:
            self._pipe.send(order)
        except OSError:
            # It has just ended: what keeps it running will notice.
            return

    async def _keep(self) -> None:
        while True:
            await self._run()
            if self._keeper is None:
                return
            log.warning("a dispatcher's process ended by itself: it is started again")
            await asyncio.sleep(_RESTART_SECONDS)

    async def _run(self) -> None:
        """One life of the process."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        process = context.Process(target=work, args=(self._assignment, theirs), daemon=True)
        process.start()
        self._process = process
        theirs.close()
        ended = asyncio.Event()
        listen(self._pipe, self._came, ended.set)
        self.relocate()
        try:
            await ended.wait()
        finally:
            # Ended before its pipe is closed: the thread that reads it must see the end by itself.
            process.kill()
            await asyncio.to_thread(process.join)
            await ended.wait()
            self._pipe.close()
            self._pipe = self._process = None
            self.state = _NOT_YET
            self._told.set()
            self._supervision.adopt(self._name, ())

    def _came(self, told: WorkerState | list[Record]) -> None:
        if isinstance(told, WorkerState):
            self.state = told
            self.written |= told.written
            self._supervision.adopt(self._name, told.troubles)
            self._told.set()
            self._changed()
        else:
            for record in told:
                self._supervision.guard(
                    f"the journal of {self._name}", partial(self._books.enter, record)
                )
