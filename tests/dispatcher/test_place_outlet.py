"""The place between a vHost's dispatcher and its broker."""

from __future__ import annotations

import asyncio
from typing import Any

from hubemu.confirmation import Confirmation
from hubemu.dispatcher.delivery import Publication
from hubemu.dispatcher.outlet import Later, Origin, Outlet
from hubemu.topology import DISPATCH
from tests.support.dispatching import A, B, C
from tests.support.messages import as_bytes, envelope
from tests.support.on_broker import beside
from tests.support.waiting import until


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
        wrapped: list[Holding] = []

        def wrap(_vhost: str, outlet: Outlet) -> Outlet:
            wrapped.append(Holding(outlet, f"{C}.message"))
            return wrapped[-1]

        async with beside(wrap_outlet=wrap) as scene:
            for to in (C, B, C):
                scene.send(as_bytes(envelope(A, to)))
            (holding,) = wrapped
            await until(lambda: len(holding.held) == 2)
            queues = scene.vhost.queues
            assert queues[f"{C}.message"].depth.ready == 0
            assert queues[f"{B}.message"].depth.ready == 1
            assert queues[DISPATCH].depth.unacked == 2
            waiting = [publication.body for publication, _, _ in holding.held]
            holding.end()
            assert scene.waiting(f"{C}.message") == waiting
            assert tuple(queues[DISPATCH].depth)[:2] == (0, 0)

    asyncio.run(scenario())
