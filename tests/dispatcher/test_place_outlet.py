"""The place between a vHost's dispatcher and its broker."""

from __future__ import annotations

import asyncio
from typing import Any

from hubemu.broker.core import Broker
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.confirmation import Confirmation
from hubemu.dispatcher import Dispatcher, EmbeddedFeed, Metrics
from hubemu.dispatcher.delivery import Publication
from hubemu.dispatcher.outlet import Later, Origin, Outlet
from hubemu.journal import Journal
from hubemu.routing import load_routing
from hubemu.settings import Environment
from hubemu.supervision import Supervision
from hubemu.topology import DISPATCH, HUB_EXCHANGE, build_topology
from tests.support.dispatching import A, B, C, context, persistent
from tests.support.messages import as_bytes, envelope

VHOST = "15-15_v2.0"


class Holding:
    """Holds what goes to a queue until its end."""

    def __init__(self, inner: Outlet, queue: str) -> None:
        self.inner = inner
        self.queue = queue
        self.held: list[tuple[Publication, Origin, Later]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def publish(self, publication: Publication, of: Origin, later: Later) -> Confirmation | None:
        """See `Outlet`."""
        if publication.routing_key != self.queue:
            return self.inner.publish(publication, of, later)
        self.held.append((publication, of, later))
        return None

    def end(self) -> None:
        """Let go of what is held, in order."""
        held, self.held = self.held, []
        for publication, of, later in held:
            confirmation = self.inner.publish(publication, of, later)
            if confirmation is not None:
                later(confirmation)


def test_what_is_held_is_neither_published_nor_settled_and_goes_on_in_order() -> None:
    async def scenario() -> None:
        clock = Clock()
        broker = Broker(clock)
        broker.apply(build_topology(load_routing(), Environment.SANDBOX, 86_400))
        wrapped: list[Holding] = []

        def wrap(_vhost: str, outlet: Outlet) -> Outlet:
            wrapped.append(Holding(outlet, f"{C}.message"))
            return wrapped[-1]

        dispatcher = Dispatcher(
            {VHOST: context()},
            EmbeddedFeed(broker),
            journal=Journal(clock),
            metrics=Metrics(),
            clock=clock,
            supervision=Supervision(),
            wrap_outlet=wrap,
        )
        dispatcher.start()
        vhost = broker.vhosts[VHOST]
        header = encode_properties(persistent())
        sent = [as_bytes(envelope(A, to)) for to in (C, B, C)]
        for body in sent:
            vhost.publish(HUB_EXCHANGE, A, body, header)
        (holding,) = wrapped
        async with asyncio.timeout(10):
            while len(holding.held) < 2:
                await asyncio.sleep(0)
        to_c, to_b = vhost.queues[f"{C}.message"], vhost.queues[f"{B}.message"]
        assert (to_c.depth.ready, to_b.depth.ready) == (0, 1)
        assert vhost.queues[DISPATCH].depth.unacked == 2
        waiting = [publication.body for publication, _, _ in holding.held]
        holding.end()
        assert [one.message.body for one in to_c.messages.ready] == waiting
        assert tuple(vhost.queues[DISPATCH].depth)[:2] == (0, 0)
        await dispatcher.stop()

    asyncio.run(scenario())
