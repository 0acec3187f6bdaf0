"""Who watches a scenario being played, and who answers when a person must say something."""

from __future__ import annotations

import asyncio
from typing import Protocol

from hubemu.scenarios.reading import ScenarioFile
from hubemu.scenarios.results import ScenarioResult, StepResult

__all__ = ["Audience", "Silent"]


class Audience(Protocol):
    """Is told of each scenario and step as it goes, and asked what only a person can see."""

    def scenario_begins(self, file: ScenarioFile) -> None:
        """A scenario is played from now on."""

    def step_begins(self, result: StepResult) -> None:
        """A step is done from now on."""

    def waits_for(self, text: str) -> asyncio.Future[bool]:
        """Software outside must do something, and what; a no that is said meanwhile gives it up."""

    def step_ends(self, result: StepResult) -> None:
        """A step has its verdict."""

    def scenario_ends(self, result: ScenarioResult) -> None:
        """A scenario has its verdict."""

    def ask(self, question: str) -> asyncio.Future[bool]:
        """Have a person say yes or no; a future that is cancelled means that nobody can."""


class Silent:
    """Nobody watches, and nobody answers."""

    def scenario_begins(self, file: ScenarioFile) -> None:
        """Nothing is said."""

    def step_begins(self, result: StepResult) -> None:
        """Nothing is said."""

    def waits_for(self, text: str) -> asyncio.Future[bool]:
        """Nothing is said, and nobody gives it up."""
        return asyncio.get_running_loop().create_future()

    def step_ends(self, result: StepResult) -> None:
        """Nothing is said."""

    def scenario_ends(self, result: ScenarioResult) -> None:
        """Nothing is said."""

    def ask(self, question: str) -> asyncio.Future[bool]:
        """Nobody answers."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        future.cancel()
        return future
