"""A dispatcher over recording vHosts, on an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar, cast

from prometheus_client import generate_latest

from hubemu.clock import Clock
from hubemu.dispatcher import Metrics
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.embedded import EmbeddedFeed
from hubemu.journal.journal import Journal
from hubemu.supervision import Supervision
from hubemu.topology import DISPATCH
from tests.support.dispatching import (
    RecordingVHost,
    context,
    now,
)

__all__ = ["NEXSIS", "VHOST", "Scene", "played"]

VHOST, NEXSIS = "15-15_v2.0", "15-nexsis_v1.9.1"


class Scene:
    """A dispatcher over recording vHosts."""

    def __init__(self, converter: Any = None) -> None:
        self.vhosts = {VHOST: RecordingVHost(), NEXSIS: RecordingVHost()}
        self.here = self.vhosts[VHOST]
        clock = Clock(now)
        self.journal = Journal(clock)
        self.metrics = Metrics()
        numbers = iter(range(1_000))
        self.dispatcher = Dispatcher(
            {name: context(name) for name in self.vhosts},
            EmbeddedFeed(cast(Any, SimpleNamespace(vhosts=self.vhosts))),
            journal=self.journal,
            metrics=self.metrics,
            clock=clock,
            converter=converter,
            unique=lambda _vhost: str(next(numbers)),
            supervision=Supervision(),
        )

    def arrive(self, one: Any, vhost: str = VHOST, queue: str = DISPATCH) -> Any:
        """The broker hands a delivery over."""
        self.vhosts[vhost].takers[queue](one)
        return one

    def outcomes(self) -> list[str]:
        return [entry.outcome for entry in self.journal.select().entries]

    def steps(self) -> list[str]:
        return [step for step, _, _ in self.journal.select().entries[-1].trace]

    def counted(self) -> str:
        return generate_latest(self.metrics.registry).decode()


class _Staged(Protocol):
    dispatcher: Dispatcher


_AScene = TypeVar("_AScene", bound=_Staged)


def played(scene: _AScene, play: Callable[[_AScene], Awaitable[object]]) -> _AScene:
    """Start, play, and stop."""

    async def run() -> None:
        scene.dispatcher.start()
        await play(scene)
        await scene.dispatcher.stop()

    asyncio.run(run())
    return scene
