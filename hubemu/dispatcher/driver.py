"""The dispatcher of every vHost, whatever broker feeds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hubemu.clock import Clock
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import Converter
from hubemu.dispatcher.dispatch_log import DispatchLog
from hubemu.dispatcher.feed import Feed
from hubemu.dispatcher.interposing import MessageInterposer
from hubemu.dispatcher.judge import HUB, Judge
from hubemu.dispatcher.metrics import Metrics
from hubemu.dispatcher.outlet import WrapOutlet
from hubemu.dispatcher.turns import Turns
from hubemu.dispatcher.vhost_dispatcher import Services, VHostDispatcher
from hubemu.journal.journal import Journal
from hubemu.supervision import Supervision

if TYPE_CHECKING:
    from hubemu.dispatcher.tracing.tracing import Tracing

__all__ = ["Dispatcher"]


class Dispatcher:
    """The dispatcher of every vHost: `start` it in a running event loop, `stop` it, start again.

    Args:
        contexts: what the checks need to know of each vHost, by name; live (see `follow`).
        feed: connects it to its broker.
        journal: keeps every message judged.
        metrics: counts them.
        clock: the Hub's time.
        supervision: keeps alive what must not end.
        converter: makes CISU conversions; without one, messages that need it are refused.
        judge: takes the decisions; the Hub's own unless another is given.
        unique: gives a UUID for each error report of a vHost.
        wrap_outlet: stands between each vHost's dispatcher and its broker, if anything does.
        interposer: stands between each verdict and its being carried out, if anybody does.
        tracing: makes traces of what it does, if they are asked for.
    """

    def __init__(  # noqa: PLR0913 - the parts, by name
        self,
        contexts: Mapping[str, VHostContext],
        feed: Feed,
        *,
        journal: Journal,
        metrics: Metrics,
        clock: Clock,
        supervision: Supervision,
        converter: Converter | None = None,
        judge: Judge = HUB,
        unique: Callable[[str], str] = lambda _vhost: str(uuid4()),
        wrap_outlet: WrapOutlet | None = None,
        interposer: MessageInterposer | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        if tracing is not None:
            judge = tracing.judge(judge)
            converter = tracing.converter(converter) if converter is not None else None
            wrap_outlet = tracing.outlets(wrap_outlet)
        self.contexts = contexts
        self._feed = feed
        self._converter = converter
        self._turns = Turns(supervision)
        self._books = journal, metrics
        self._services = Services(
            clock,
            converter,
            judge,
            journal.new_id,
            unique,
            supervision,
            wrap_outlet,
            interposer,
        )
        self._vhosts = {name: self._made(context) for name, context in contexts.items()}

    def _made(self, context: VHostContext) -> VHostDispatcher:
        ledger = DispatchLog(context, *self._books)
        return VHostDispatcher(context, ledger, self._services, self._turns.wake)

    @property
    def running(self) -> bool:
        """Whether it consumes on every vHost."""
        return self._feed.running

    def start(self) -> None:
        """Begin to consume on every vHost; must be called inside the event loop."""
        self._turns.start()
        self._feed.start(self._vhosts)

    async def follow(self) -> None:
        """`contexts` has changed: treat messages as it says from the next one on."""
        for name in self._vhosts.keys() - self.contexts.keys():
            await self._feed.remove(name)
            del self._vhosts[name]
        for name, context in self.contexts.items():
            if name in self._vhosts:
                self._vhosts[name].follow(context)
            else:
                self._vhosts[name] = self._made(context)
                self._feed.add(self._vhosts[name])

    async def stop(self) -> None:
        """Consume no more; what is not settled stays in its queue. Safe to call twice."""
        self._turns.stop()
        await self._feed.stop()
        if self._converter is not None:
            await self._converter.close()

    async def rest(self) -> None:
        """Consume no more until `start`."""
        await self.stop()

    async def work_alone(self, alone: bool) -> None:
        """Whether it is the only one to treat messages: it always is."""

    def health(self) -> dict[str, Any]:
        """Facts for the health page: `lastError` is the last fault of ours, if there was one."""
        vhosts = self._vhosts.values()
        faults = [(one.faulted_at, one.last_fault) for one in vhosts if one.last_fault]
        return {
            "running": self.running,
            "consuming": [one.name for one in vhosts if one.consuming],
            "inFlight": sum(one.in_flight for one in vhosts),
            "lastError": max(faults)[1] if faults else None,
        } | self._feed.health()
