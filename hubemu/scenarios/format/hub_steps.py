"""Steps of what is around the actors: the Hub's faults, certificates and clock, and commands."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from hubemu.scenarios.format.block import JUDGED, Block, Seconds
from hubemu.settings import Phase

__all__ = ["Clock", "FaultSwitch", "PhaseChange", "Run"]


class FaultSwitch(Block):
    """A fault rule is put in force, or taken back."""

    on: dict[str, Any] | None = Field(None, description="The rule, as for `POST /api/v1/faults`.")
    off: str | None = Field(None, description="Id of the rule to end, or `all`.")
    struck: bool = Field(True, description="A rule that never struck makes it inconclusive.")

    @model_validator(mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        """YAML 1.1 reads the keys `on` and `off` as true and false."""
        if not isinstance(given, dict):
            return given
        return {{True: "on", False: "off"}.get(key, key): value for key, value in given.items()}

    @model_validator(mode="after")
    def _one(self) -> FaultSwitch:
        if (self.on is None) == (self.off is None):
            raise ValueError("a fault is put on or off: give exactly one of on, off")
        return self


class PhaseChange(Block):
    """The next phase of the migration to IGC Santé, or a step of any change of certificates."""

    to: Phase | None = None
    migration: str | None = Field(None, description="As `hubemu rehearse --migration` names it.")
    step: str | None = Field(None, description="The step of `migration`.")
    disconnect: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> PhaseChange:
        both = (self.migration is not None, self.step is not None)
        if both != (self.to is None, self.to is None):
            raise ValueError("give to (a phase), or migration and step")
        return self

    @property
    def name(self) -> str:
        """The phase or the step."""
        return self.step or (self.to.value if self.to is not None else "")


class Clock(Block):
    """The Hub's clock is moved forward."""

    advance: Seconds = Field(gt=0)
    judged: bool = Field(True, description=JUDGED)


class Run(Block):
    """A command is run, with the environment of `hubemu env`."""

    command: list[str] | str = Field(description="Words; a single text is split as a shell does.")
    as_: str | None = Field(None, alias="as", description="The actor whose environment it gets.")
    code: int = Field(0, description="Exit code that is expected.")
    out: str | None = Field(None, description="Words in what it prints.")
    within: Seconds = Field(60, gt=0)
