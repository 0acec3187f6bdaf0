"""Several dispatchers that share the work, each in a process of its own.

The Hub's process itself treats the dead letters, because it knows every message that went on, and
all messages of the vHosts that convert: what one becomes depends on what was told of its case
before, so somebody must see them all, in their order. Elsewhere the messages of one sender may
overtake each other: they are shared out among the dispatchers.

While fault rules count messages the Hub's process treats them all, and the others wait: only who
sees every message can tell the third of a sender's.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.metrics import Metrics
from hubemu.dispatcher.pool.records import Counted, Failed, Record, Told
from hubemu.dispatcher.pool.worker import STOP, Assignment, Expect, Park, WorkerState, listen, work
from hubemu.journal import Entry, Journal
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["DispatcherPool"]

log = logging.getLogger(__name__)

_END_SECONDS = 3.0
_RESTART_SECONDS = 1.0
_REMEMBERED = 10_000
_ALL = (DISPATCH, DEAD_LETTERS)
_PARK_SECONDS = 10.0
"""A process that has not settled what it has by then is ended: that comes again."""
_CONSUME_SECONDS = 10.0
_NOT_YET = WorkerState(running=False, parked=0, health={}, written=frozenset(), troubles=())


class DispatcherPool:
    """As many dispatchers as there are assignments.

    Args:
        own: treats what this process treats, fed by `feed`.
        assignments: one for each process, with the contexts' maker and where the broker is.
        place: tells what a worker needs to find the broker now.
        journal: is told what they did.
        metrics: counts it.
        supervision: keeps alive what must not end, and tells what ended in a worker.
    """

    def __init__(
        self,
        own: Dispatcher,
        feed: AmqpFeed,
        assignments: list[Assignment],
        place: Callable[[], Any],
        *,
        journal: Journal,
        metrics: Metrics,
        supervision: Supervision,
    ) -> None:
        self.contexts = own.contexts
        self._own = own
        self._feed = feed
        self._whole = dict.fromkeys(own.contexts, _ALL)
        self._part = {
            name: _ALL if context.converts else (DEAD_LETTERS,)
            for name, context in own.contexts.items()
        }
        feed.queues = self._part
        books = _Books(journal, metrics, feed)
        self._workers = [_Hand(one, place, books, self._told, supervision) for one in assignments]
        self._changed = asyncio.Event()
        self._alone = False
        self._started = False

    @property
    def running(self) -> bool:
        """Whether every one of them consumes that is to."""
        return self._own.running and (self._alone or all(one.works for one in self._workers))

    def start(self) -> None:
        """Begin to consume; `running` tells when they do."""
        self._started = True
        self._own.start()
        for one in self._workers:
            one.start()

    async def stop(self) -> None:
        """Consume no more; the processes end. Safe to call twice."""
        self._started = False
        await asyncio.gather(self._own.stop(), *(one.stop() for one in self._workers))

    def health(self) -> dict[str, Any]:
        """Facts for the health page."""
        told = [self._own.health(), *(one.state.health for one in self._workers)]
        links: dict[str, str] = {}
        for one in told:
            links |= one.get("links", {})
        return {
            "running": self.running,
            "dispatchers": len(self._workers),
            "inFlight": sum(one.get("inFlight", 0) for one in told),
            "lastError": next((one["lastError"] for one in told if one.get("lastError")), None),
            "links": links,
        }

    async def consuming(self) -> None:
        """Wait until every one of them consumes."""
        await self._feed.consuming()
        while not self.running:
            self._changed.clear()
            await self._changed.wait()

    async def work_alone(self, alone: bool) -> None:
        """See `Dispatching`: who has messages settles them before the others begin."""
        if alone is self._alone:
            return
        if alone:
            self._alone = True
            await asyncio.gather(*(one.park() for one in self._workers))
            await self._feed.consume_from(self._whole)
            await self._while_started(self._feed.consuming)
            return
        await self._feed.consume_from(self._part)
        self._alone = False
        for one in self._workers:
            one.go_on()
        await self._while_started(self.consuming)

    async def _while_started(self, consuming: Callable[[], Awaitable[None]]) -> None:
        """Wait for links to come up; a broker that is away is waited for by whoever asks next."""
        if self._started:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CONSUME_SECONDS):
                    await consuming()

    def relocate(self) -> None:
        """Where the broker is has changed, or what it must be shown; links that are up stay."""
        for one in self._workers:
            one.relocate()

    def expect(self, vhost: str, routing_key: str, body: bytes, entry_id: str) -> None:
        """The next such message on a vHost has this id in the journal."""
        if self._alone or self.contexts[vhost].converts:
            self._feed.expect(vhost, routing_key, body, entry_id)
            return
        for one in self._workers:
            one.send(Expect(vhost, routing_key, body, entry_id))

    def take_written(self) -> set[tuple[str, str]]:
        """The queues published to since this was last asked, as (vHost, name)."""
        taken = self._feed.take_written()
        for one in self._workers:
            taken |= one.written
            one.written.clear()
        return taken

    def _told(self) -> None:
        self._changed.set()


class _Books:
    """Enters what the workers record under ids of the Hub's journal."""

    def __init__(self, journal: Journal, metrics: Metrics, dead_letters: AmqpFeed) -> None:
        self._journal = journal
        self._metrics = metrics
        self._dead_letters = dead_letters
        self._ids: dict[str, str] = {}

    def enter(self, record: Record) -> None:
        """Take one record over."""
        if isinstance(record, Told):
            self._entry(record.entry)
        elif isinstance(record, Counted):
            self._metrics.dispatched(record.labels, self._known_as(record.message))
        elif isinstance(record, Failed):
            self._metrics.failed(record.labels, self._known_as(record.message))
        else:
            self._metrics.dispatch_time.took(record.seconds)

    def _entry(self, entry: Entry) -> None:
        entry.id = self._known_as(entry.id)
        known = self._journal.get(entry.id)
        if known is not None and known.outcome == "dead-lettered":
            return
        if known is not None:
            entry.told = known.told
        self._journal.add(entry)
        for copy in entry.forwarded:
            self._dead_letters.forwarded(entry.vhost, entry.sender, copy.body, entry.id)
        self._journal.tell(entry)

    def _known_as(self, given: str) -> str:
        """Our id for a worker's; one of ours, which it was told to expect, stays."""
        if not given.startswith("w"):
            return given
        if given not in self._ids:
            self._ids[given] = self._journal.new_id()
            if len(self._ids) > _REMEMBERED:
                del self._ids[next(iter(self._ids))]
        return self._ids[given]


class _Hand:
    """One worker process, started again if it ends by itself."""

    def __init__(
        self,
        assignment: Assignment,
        place: Callable[[], Any],
        books: _Books,
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
