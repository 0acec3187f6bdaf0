"""A dispatcher in a process of its own: it works, and tells the Hub's process what it did.

The Hub's process says through a pipe where the broker is, and when to stop. When the pipe closes
the worker ends too, so none outlives its Hub.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from hubemu.amqp.address import Address
from hubemu.clock import Clock
from hubemu.collector import collect_seldom
from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.pool.records import Record, RecordingJournal, RecordingMetrics
from hubemu.dispatcher.tracing.loading import tracing_to
from hubemu.supervision import Supervision, Trouble
from hubemu.topology import DISPATCH

__all__ = ["STOP", "Assignment", "ExpectMessage", "Follow", "Park", "WorkerState", "listen", "work"]

_LOG = logging.getLogger(__name__)

STOP = "stop"
"""The order to end."""
_FLUSH_SECONDS = 0.02
"""How long records are gathered before they are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a worker needs to start; both functions are module-level, so that they travel.

    Args:
        prefix: opens the ids it gives.
        contexts: makes the contexts of its vHosts, none of which converts.
        addresses: tells where the broker is, from what the Hub's process says of it.
        seed: of its random choices.
        traces: where its traces go.
    """

    prefix: str
    contexts: Callable[[], Mapping[str, VHostContext]]
    addresses: Callable[[Any], Sequence[Address]]
    seed: str
    traces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectMessage:
    """The next such message has this id."""

    vhost: str
    routing_key: str
    body: bytes
    entry_id: str


@dataclass(frozen=True, slots=True)
class Follow:
    """The order to treat messages as other contexts say, which `contexts` makes there."""

    contexts: Callable[[], Mapping[str, VHostContext]]


@dataclass(frozen=True, slots=True)
class Park:
    """The order to settle what it has and take nothing more, until it is told again where to.

    Each has another number, from 1, so that nobody takes the answer to an earlier one for its own.
    """

    number: int


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a worker is like now; `written` are the queues published to since the last one.

    `parked`: the number of the order by which it has nothing, and takes nothing; 0 while it works.
    """

    running: bool
    parked: int
    health: Mapping[str, Any]
    written: frozenset[tuple[str, str]]
    troubles: tuple[Trouble, ...]


def listen(pipe: Connection, came: Callable[[Any], None], ended: Callable[[], None]) -> None:
    """Have `came` called in the running loop for what comes through a pipe, `ended` at its end.

    A thread reads, because a loop that watches a descriptor may make it non-blocking, which a
    `Connection` cannot bear.
    """
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            try:
                while True:
                    loop.call_soon_threadsafe(came, pipe.recv())
            except (EOFError, OSError):
                pass
            except Exception:
                _LOG.exception("what came through a pipe cannot be read: a fault of hubemu")
            loop.call_soon_threadsafe(ended)

    threading.Thread(target=read, daemon=True).start()


def work(assignment: Assignment, pipe: Connection) -> None:
    """The life of a worker: until the pipe is closed at the other end."""
    # Ctrl-C reaches every process of the terminal: the Hub's own decides, and closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    asyncio.run(_live(assignment, pipe))


async def _live(assignment: Assignment, pipe: Connection) -> None:
    await _Worker(assignment, pipe).live()


class _Worker:
    def __init__(self, assignment: Assignment, pipe: Connection) -> None:
        self._assignment = assignment
        self._pipe = pipe
        self._place: Any = None
        self._records: list[Record] = []
        self._supervision = Supervision()
        self._tracing = tracing_to(assignment.traces)
        self._feed, self._dispatcher = self._made()
        self._shown: tuple[object, ...] = ()
        self._parked = 0
        self._parking = asyncio.Lock()

    def _made(self) -> tuple[AmqpFeed, Dispatcher]:
        clock, given = Clock(), self._assignment
        self._contexts = contexts = dict(given.contexts())
        journal = RecordingJournal(clock, given.prefix, self._records.append)
        feed = AmqpFeed(
            dict.fromkeys(contexts, (DISPATCH,)),
            lambda: given.addresses(self._place),
            journal,
            self._supervision,
            random=Random(given.seed),  # noqa: S311 - no secret
        )
        dispatcher = Dispatcher(
            contexts,
            feed,
            journal=journal,
            metrics=RecordingMetrics(self._records.append),
            clock=clock,
            supervision=self._supervision,
            tracing=self._tracing,
        )
        return feed, dispatcher

    async def live(self) -> None:
        """Obey the pipe and tell through it, until it says stop or is closed."""
        told_to_stop = asyncio.Event()
        listen(self._pipe, partial(self._obey, told_to_stop), told_to_stop.set)
        teller = self._supervision.once("telling the Hub", self._keep_telling)
        # A worker that cannot tell is of no use: it ends, and is started again.
        teller.add_done_callback(lambda _: told_to_stop.set())
        await told_to_stop.wait()
        teller.cancel()
        await self._dispatcher.stop()
        with suppress(OSError):  # the Hub is gone: there is nobody to tell
            self._tell()
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.close)
        self._pipe.close()

    def _obey(self, told_to_stop: asyncio.Event, order: Any) -> None:
        if isinstance(order, ExpectMessage):
            self._feed.expect(order.vhost, order.routing_key, order.body, order.entry_id)
        elif order == STOP:
            told_to_stop.set()
        elif isinstance(order, Park):
            self._supervision.once("parking", partial(self._park, order.number))
        elif isinstance(order, Follow):
            self._supervision.once("following", partial(self._follow, order))
        else:
            self._place = order
            self._dispatcher.start()
            self._supervision.once("going on", partial(self._park, 0))

    async def _park(self, parked: int) -> None:
        """Take nothing, or all that is its own; links stay up. Orders are obeyed in their turn."""
        async with self._parking:
            queues = () if parked else (DISPATCH,)
            await self._feed.consume_from(dict.fromkeys(self._dispatcher.contexts, queues))
            self._parked = parked
            with suppress(OSError):  # the Hub is gone: there is nobody to tell
                self._tell()

    async def _follow(self, order: Follow) -> None:
        """Have other contexts; of a vHost that is new nothing is taken before it is told so."""
        async with self._parking:
            contexts = order.contexts()
            self._contexts.clear()
            self._contexts.update(contexts)
            self._feed.queues = {name: self._feed.queues.get(name, ()) for name in contexts}
            await self._dispatcher.follow()

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            self._tell()

    def _tell(self) -> None:
        """Send what was gathered, and the state when it has changed."""
        dispatcher = self._dispatcher
        if self._records:
            self._pipe.send(self._records)
            self._records.clear()
        written, health = frozenset(self._feed.take_written()), dispatcher.health()
        troubles = self._supervision.troubles()
        shown = (self._parked, health, troubles)
        if written or shown != self._shown:
            self._shown = shown
            self._pipe.send(
                WorkerState(dispatcher.running, self._parked, health, written, troubles)
            )
