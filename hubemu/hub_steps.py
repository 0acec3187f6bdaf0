"""The step of a change of certificates that a Hub is in, and its way to another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hubemu.clock import Clock
from hubemu.engines import Engine
from hubemu.engines.certificates import HubCertificates
from hubemu.events import EventLog
from hubemu.hub_announcement import Announcement
from hubemu.hub_certificates import CertificateMaker
from hubemu.pki import Pki
from hubemu.settings import Phase

if TYPE_CHECKING:
    from hubemu.pki.migration import MigrationStage, StageMaker

__all__ = ["HubSteps", "StepParts", "StepTaken"]


@dataclass(frozen=True, slots=True)
class StepParts:
    """What changes at a step.

    `pki` is that of the home, `advance` moves the Hub's clock by so many seconds.
    """

    engine: Engine
    pki: Pki
    certificates: HubCertificates
    maker: CertificateMaker
    announcement: Announcement
    events: EventLog
    clock: Clock
    advance: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class StepTaken:
    """Where a Hub is; without a stage in the phase that it was started in."""

    name: str
    migration: str | None
    stage: MigrationStage | None


class HubSteps:
    """A Hub begins in a phase, which is a step that is called like it."""

    def __init__(self, parts: StepParts, phase: Phase) -> None:
        self._parts = parts
        self.current = phase.value
        """The step of the change of certificates it is in."""
        self.migration: str | None = None
        """The built-in migration that the step is of; `None`: a phase, or a step of another."""
        self._start = phase
        self._stage: MigrationStage | None = None

    async def set_phase(self, phase: Phase, *, disconnect: bool = False) -> int:
        """Go to a step of the certificate migration; the number of connections dropped.

        Raises:
            CheckFailed: the broker's certificates are not ours to change.
        """
        from hubemu.pki.migration import MigrationStage  # with what reads migrations: not to start

        return await self.enter(
            MigrationStage(phase.value, self._parts.pki, phase), disconnect=disconnect
        )

    async def enter(self, stage: MigrationStage, *, disconnect: bool = False) -> int:
        """Go to a step of any change of certificates; the number of connections dropped.

        What `endpoints.json` says of certificates is then that of the step. A step with a time of
        its own moves the clock there, forward only.

        Raises:
            CheckFailed: the broker's certificates, or its clock, are not ours to change.
        """
        parts = self._parts
        if stage.at is not None and (ahead := stage.at.timestamp() - parts.clock.now()) > 0:
            parts.advance(ahead)
        before, self.current, self.migration = self.current, stage.name, None
        parts.certificates.enter(stage.pki, stage.phase)
        parts.engine.use_certificates(stage.pki)
        dropped = await parts.engine.set_phase(stage.phase, disconnect=disconnect)
        if stage.name != before or dropped:
            changed = {"phase": stage.name, "before": before, "disconnected": dropped}
            parts.events.tell("phase", changed)
        parts.announcement.changed(stage)
        self._stage = stage
        return dropped

    def where(self) -> StepTaken:
        """The step it is in, to be put back."""
        return StepTaken(self.current, self.migration, self._stage)

    async def put_back(self, step: StepTaken) -> None:
        """Be in that step again; open connections stay, and the clock where it is.

        Raises:
            CheckFailed: what was added to the home cannot be written there.
        """
        if (step.name, step.migration) == (self.current, self.migration):
            return
        if step.stage is None:
            await self.set_phase(self._start)
        else:
            await self.enter(replace(step.stage, at=None))
            self._stage = step.stage
        self.migration = step.migration

    async def go_to(self, migration: str, step: str, *, disconnect: bool = False) -> int:
        """Go to a step of a built-in migration; the number of connections dropped.

        Raises:
            InputError: there is no such migration or step.
            CheckFailed: the step is of the clients' certificates (`expiry`), or the engine cannot.
        """
        parts = self._parts
        stage = await asyncio.to_thread(parts.maker.stage, parts.pki, migration, step)
        dropped = await self.enter(stage, disconnect=disconnect)
        self.migration = migration
        return dropped

    def made_in(self, folder: Path) -> StageMaker:
        """What makes the steps of any change of certificates, in a folder of their own."""
        return self._parts.maker.stages(self._parts.pki, folder)
