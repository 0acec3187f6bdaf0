"""The parts that a Hub has from its start to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from hubemu.engines import Dispatching, Engine
from hubemu.engines.certificates import HubCertificates
from hubemu.engines.phase_schedule import PhaseSchedule
from hubemu.errors import StartError
from hubemu.hub_steps import HubSteps
from hubemu.pki import Pki

__all__ = ["HubParts"]

_Part = TypeVar("_Part")


@dataclass(slots=True)
class HubParts:
    """What is started; a part is `None` until the start has come to it, and each of the properties
    raises RuntimeError then."""

    made_pki: Pki | None = None
    made_engine: Engine | None = None
    made_certificates: HubCertificates | None = None
    made_steps: HubSteps | None = None
    made_schedule: PhaseSchedule | None = None
    made_dispatcher: Dispatching | None = None

    @property
    def pki(self) -> Pki:
        """The certificates of the home."""
        return _started(self.made_pki)

    @property
    def engine(self) -> Engine:
        """The broker."""
        return _started(self.made_engine)

    @property
    def certificates(self) -> HubCertificates:
        """What is trusted, revoked and bound.

        Raises:
            StartError: the Hub is not started yet.
        """
        if self.made_certificates is None:
            raise StartError("the Hub is still starting: wait until GET /ready answers 200")
        return self.made_certificates

    @property
    def steps(self) -> HubSteps:
        """The step of a change of certificates that the Hub is in."""
        return _started(self.made_steps)

    @property
    def schedule(self) -> PhaseSchedule:
        """The phases that the Hub goes to by itself."""
        return _started(self.made_schedule)

    @property
    def dispatcher(self) -> Dispatching:
        """The dispatcher."""
        return _started(self.made_dispatcher)

    async def stop(self) -> None:
        """Stop the dispatcher, then the broker; neither is there any more."""
        if self.made_dispatcher is not None:
            await self.made_dispatcher.stop()
        if self.made_engine is not None:
            await self.made_engine.stop()
        self.made_engine = self.made_dispatcher = None


def _started(part: _Part | None) -> _Part:
    if part is None:
        raise RuntimeError("the Hub is not started")
    return part
