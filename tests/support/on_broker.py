"""A dispatcher beside an embedded broker, for tests of what stands between or within."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hubemu.broker.core import Broker, VirtualHost
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher import Metrics
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.embedded import EmbeddedFeed
from hubemu.journal.journal import Journal
from hubemu.routing import load_routing
from hubemu.settings import Environment, QueueType
from hubemu.supervision import Supervision
from hubemu.topology import HUB_EXCHANGE, build_topology
from tests.support.dispatching import A, context, persistent

__all__ = ["Beside", "beside"]


@dataclass
class Beside:
    """One vHost of a broker, and what became of what was sent there."""

    vhost: VirtualHost
    journal: Journal

    def send(self, body: bytes, sender: str = A) -> None:
        """Publish as a client does."""
        self.vhost.publish(HUB_EXCHANGE, sender, body, encode_properties(persistent()))

    def waiting(self, queue: str) -> list[bytes]:
        """The bodies that a queue has ready, in order."""
        return [one.message.body for one in self.vhost.queues[queue].messages.ready]

    def outcomes(self) -> list[str]:
        """Of the journal's messages, the newest first."""
        return [entry.outcome for entry in self.journal.select().entries]


@asynccontextmanager
async def beside(vhost: str = "15-15_v2.0", **given: Any) -> AsyncIterator[Beside]:
    """A broker whose vHost is dispatched; `given` goes to the `Dispatcher`."""
    clock = Clock()
    broker = Broker(clock)
    broker.apply(
        build_topology(load_routing(), Environment.SANDBOX, 86_400, queue_type=QueueType.QUORUM)
    )
    journal = Journal(clock)
    dispatcher = Dispatcher(
        {vhost: context(vhost)},
        EmbeddedFeed(broker),
        journal=journal,
        metrics=Metrics(),
        clock=clock,
        supervision=Supervision(),
        **given,
    )
    dispatcher.start()
    try:
        async with asyncio.timeout(20):
            yield Beside(broker.vhosts[vhost], journal)
    finally:
        await dispatcher.stop()
