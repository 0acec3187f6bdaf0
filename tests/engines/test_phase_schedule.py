"""Phases that a Hub goes to by itself: by its own clock, in order, and again after a reset."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hubemu.cli.hub_options import HubOptions
from hubemu.clock import Clock
from hubemu.engines.phase_schedule import PhaseSchedule
from hubemu.errors import InputError
from hubemu.settings import Phase
from hubemu.supervision import Supervision


class Scene:
    """A schedule whose clock stands still unless it is moved."""

    def __init__(self, *steps: tuple[Phase, float]) -> None:
        self.clock = Clock(lambda: 1_000_000.0)
        self.gone: list[str] = []
        self.supervision = Supervision()
        self.schedule = PhaseSchedule(steps, self._go, self.clock, self.supervision)

    async def _go(self, phase: Phase) -> None:
        await asyncio.sleep(0)
        self.gone.append(phase.value)

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@asynccontextmanager
async def started(*steps: tuple[Phase, float]) -> AsyncIterator[Scene]:
    scene = Scene(*steps)
    scene.schedule.start()
    try:
        yield scene
    finally:
        await scene.schedule.stop()


def test_each_step_comes_when_its_time_has_come() -> None:
    async def scenario() -> None:
        async with started((Phase.IGC, 60.0), (Phase.DUAL, 30.0)) as scene:
            await scene.settle()
            assert scene.gone == []
            scene.clock.advance(29)
            await scene.settle()
            assert scene.gone == []
            scene.clock.advance(1)
            await scene.settle()
            assert scene.gone == ["dual"]
            scene.clock.advance(30)
            await scene.settle()
            assert scene.gone == ["dual", "igc"]

    asyncio.run(scenario())


def test_steps_that_are_passed_at_once_are_gone_in_order() -> None:
    async def scenario() -> None:
        steps = (Phase.DUAL, 10.0), (Phase.IGC, 20.0), (Phase.LEGACY, 30.0)
        async with started(*steps) as scene:
            scene.clock.advance(3600)
            await scene.settle()
            assert scene.gone == ["dual", "igc", "legacy"]

    asyncio.run(scenario())


def test_after_a_start_anew_every_step_is_still_to_come() -> None:
    async def scenario() -> None:
        async with started((Phase.DUAL, 10.0)) as scene:
            scene.clock.advance(10)
            await scene.settle()
            scene.clock.reset()
            scene.schedule.start()
            await scene.settle()
            assert scene.gone == ["dual"]
            scene.clock.advance(10)
            await scene.settle()
            assert scene.gone == ["dual", "dual"]

    asyncio.run(scenario())


def test_after_its_end_nothing_comes() -> None:
    async def scenario() -> None:
        async with started((Phase.DUAL, 10.0)) as scene:
            await scene.schedule.stop()
            scene.clock.advance(10)
            await scene.settle()
            assert scene.gone == []

    asyncio.run(scenario())


def test_the_option() -> None:
    options = HubOptions(phase_at=("dual=10", "igc=2.5"))
    assert options.settings(Path("h")).phase_at == ((Phase.DUAL, 10.0), (Phase.IGC, 2.5))
    for wrong in ("dual", "dual=", "dual=soon", "prod=1", "igc=-1", "igc=nan", "igc=inf"):
        with pytest.raises(InputError, match="PHASE=SECONDS"):
            HubOptions(phase_at=(wrong,)).settings(Path("h"))
