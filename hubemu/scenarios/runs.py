"""Runs of scenarios on the Hub that is up, followed and answered from outside (the control API).

1. One run at a time: scenarios move the clock, the phase and the faults of the whole Hub.
2. The last `KEPT` runs can be asked for.
3. A run that is cancelled ends as one that is not: actors leave, faults are ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from hubemu.scenarios.reading import ScenarioFile
    from hubemu.scenarios.results import ScenarioResult, StepResult

__all__ = ["KEPT", "Runs", "ScenarioRun"]

KEPT = 20
State = Literal["running", "ended", "cancelled"]
_Start = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], asyncio.Task[None]]


class _Play(Protocol):
    """Plays the scenarios of a run before it, the audience."""

    async def __call__(self, run: ScenarioRun) -> None: ...


class ScenarioRun:
    """One run, which is its own audience: it keeps what it sees, and what is asked.

    Args:
        identifier: by which it is asked for.
        seed: of every id drawn.
    """

    def __init__(self, identifier: str, seed: int) -> None:
        self.id = identifier
        self.seed = seed
        self.state: State = "running"
        self.task: asyncio.Task[None] | None = None
        self._version = 0
        self._changed = asyncio.Event()
        self._records: list[dict[str, Any]] = []
        self.results: list[ScenarioResult] = []
        """Those that have their verdict."""
        self._asked: tuple[str, bool, asyncio.Future[bool]] | None = None

    # The audience (hubemu.scenarios.playing.audience).

    def scenario_begins(self, file: ScenarioFile) -> None:
        """A scenario is played from now on."""
        begun = {"name": file.name, "milestone": file.milestone, "verdict": "running", "steps": []}
        self._records.append(begun)
        self._tell()

    def step_begins(self, result: StepResult) -> None:
        """A step is done from now on."""
        self._records[-1]["doing"] = result.title
        self._tell()

    def step_ends(self, result: StepResult) -> None:
        """A step has its verdict."""
        self._records[-1]["steps"].append(result.record())
        self._tell()

    def scenario_ends(self, result: ScenarioResult) -> None:
        """A scenario has its verdict."""
        self._records[-1] = result.record()
        self.results.append(result)
        self._tell()

    def waits_for(self, text: str) -> asyncio.Future[bool]:
        """Software outside must do something; answered no, it is given up."""
        return self._ask(text, question=False)

    def ask(self, question: str) -> asyncio.Future[bool]:
        """Have a person say yes or no."""
        return self._ask(question, question=True)

    # What is asked from outside.

    def answer(self, yes: bool) -> bool:
        """Answer what is asked; whether something is."""
        if self._asked is None or self._asked[2].done():
            return False
        self._asked[2].set_result(yes)
        return True

    def record(self) -> dict[str, Any]:
        """The run as JSON."""
        asked = self._asked
        waits = {"text": asked[0], "question": asked[1]} if asked and not asked[2].done() else None
        return {
            "id": self.id,
            "state": self.state,
            "seed": self.seed,
            "version": self._version,
            "waitsFor": waits,
            "scenarios": list(self._records),
        }

    async def changed_since(self, version: int, timeout: float) -> None:
        """Wait until something happened after that version, `timeout` seconds at most."""
        try:
            async with asyncio.timeout(timeout):
                while self._version <= version and self.state == "running":
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return

    def end(self, state: State) -> None:
        """It is over."""
        self.state = state
        self._asked = None
        self._tell()

    def _ask(self, text: str, *, question: bool) -> asyncio.Future[bool]:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked = (text, question, future)
        future.add_done_callback(lambda _: self._tell())
        self._tell()
        return future

    def _tell(self) -> None:
        self._version += 1
        self._changed.set()


class Runs:
    """The runs of a Hub."""

    def __init__(self) -> None:
        self._runs: dict[str, ScenarioRun] = {}
        self._last = 0

    def busy(self) -> ScenarioRun | None:
        """The run that is going on, if one is."""
        return next((run for run in self._runs.values() if run.state == "running"), None)

    def start(self, seed: int, play: _Play, start: _Start) -> ScenarioRun:
        """Begin a run; `start` makes the task that plays it."""
        self._last += 1
        run = ScenarioRun(f"r{self._last}", seed)
        self._runs[run.id] = run
        while len(self._runs) > KEPT:
            del self._runs[next(iter(self._runs))]

        async def work() -> None:
            state: State = "cancelled"
            try:
                await play(run)
                state = "ended"
            finally:
                run.end(state)

        run.task = start(f"scenario run {run.id}", work)
        return run

    def get(self, identifier: str) -> ScenarioRun | None:
        """A run that is kept."""
        return self._runs.get(identifier)

    def all(self) -> list[ScenarioRun]:
        """Those that are kept, oldest first."""
        return list(self._runs.values())

    async def close(self) -> None:
        """Cancel what is going on, and wait until it has cleaned up."""
        for run in self._runs.values():
            await cancel(run)


async def cancel(run: ScenarioRun) -> None:
    """End a run early."""
    if run.task is not None and not run.task.done():
        run.task.cancel()
        await asyncio.wait({run.task})
