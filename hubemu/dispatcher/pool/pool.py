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
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.metrics import Metrics
from hubemu.dispatcher.pool.bookkeeping import Bookkeeping
from hubemu.dispatcher.pool.worker import Assignment, ExpectMessage
from hubemu.dispatcher.pool.worker_process import WorkerProcess
from hubemu.journal.journal import Journal
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["DispatcherPool"]

_ALL = (DISPATCH, DEAD_LETTERS)
_CONSUME_SECONDS = 10.0


class DispatcherPool:
    """As many dispatchers as there are assignments.

    Args:
        own: treats what this process treats, fed by `feed`.
        assignments: one for each process, with the contexts' maker and where the broker is.
        place: tells what a worker needs to find the broker now.
        journal: is told what they did.
        metrics: counts it.
        supervision: keeps alive what must not end, and tells what ended in a worker.
        share: gives what makes the contexts of the vHosts that the workers treat, as they are now.
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
        share: Callable[[], Callable[[], Mapping[str, VHostContext]]],
    ) -> None:
        self.contexts = own.contexts
        self._own = own
        self._feed = feed
        self._share = share
        books = Bookkeeping(journal, metrics, feed)
        self._workers = [
            WorkerProcess(one, place, books, self._told, supervision) for one in assignments
        ]
        feed.queues = self._part
        self._changed = asyncio.Event()
        self._alone = False
        self._started = False

    @property
    def _whole(self) -> dict[str, tuple[str, ...]]:
        """What this process consumes while it treats messages alone."""
        return dict.fromkeys(self.contexts, _ALL)

    @property
    def _part(self) -> dict[str, tuple[str, ...]]:
        """What it consumes while the others treat the messages of vHosts that do not convert."""
        return {
            name: _ALL if context.converts or not self._workers else (DEAD_LETTERS,)
            for name, context in self.contexts.items()
        }

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
            if not self._alone:
                one.go_on()

    async def rest(self) -> None:
        """Consume no more until `start`. The processes stay: a new one takes seconds to load."""
        self._started = False
        await asyncio.gather(self._own.stop(), *(one.park() for one in self._workers))

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

    async def follow(self) -> None:
        """See `Dispatching`: who has messages settles them before anybody knows other clients."""
        contexts = self._share()
        await asyncio.gather(*(one.park() for one in self._workers))
        for one in self._workers:
            one.follow(contexts)
        queues = self._whole if self._alone else self._part
        self._feed.queues = queues
        await self._own.follow()
        await self._feed.consume_from(queues)
        if not self._alone and self._started:
            for one in self._workers:
                one.go_on()

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
            one.send(ExpectMessage(vhost, routing_key, body, entry_id))

    def take_written(self) -> set[tuple[str, str]]:
        """The queues published to since this was last asked, as (vHost, name)."""
        taken = self._feed.take_written()
        for one in self._workers:
            taken |= one.written
            one.written.clear()
        return taken

    def _told(self) -> None:
        self._changed.set()
