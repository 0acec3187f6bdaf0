"""A scenario played from its first step to its last, on each of its vHosts.

1. A step after one that did not pass is not reached: it is inconclusive, and says so.
2. Whatever happens, the actors leave and the scenario's faults are ended.
3. Whoever plays an actor, its steps are judged by what the Hub saw of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.errors import HubemuError, StartError
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.format.text import Language, said
from hubemu.scenarios.played_hub import PlayedHub, Unfit
from hubemu.scenarios.playing import connecting, receiving, sending, steering
from hubemu.scenarios.playing.audience import Audience
from hubemu.scenarios.playing.outside_actor import OutsideActor
from hubemu.scenarios.playing.scene import Scene
from hubemu.scenarios.playing.words import say, title_of
from hubemu.scenarios.reading import ScenarioFile
from hubemu.scenarios.results import ScenarioResult, StepResult, worst

__all__ = ["PlayOptions", "play"]

_Act = Callable[[Scene, Step, Any, StepResult], Awaitable[None]]
_ACTS: Mapping[str, _Act] = {
    "send": sending.send,
    "acknowledge": sending.acknowledge,
    "expect": receiving.expect,
    "expect-none": receiving.expect_none,
    "reject": receiving.reject,
    "connect": connecting.connect,
    "disconnect": connecting.disconnect,
    "declare": connecting.declare,
    "account": connecting.account,
    "fault": steering.fault,
    "phase": steering.phase,
    "clock": steering.clock,
    "restart-hub": steering.restart,
    "wait": steering.wait,
    "run": steering.run,
}
"""What each kind of step does; a note and a confirmation do nothing when hubemu plays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOptions:
    """How scenarios are played.

    Attributes:
        seed: of every id that is drawn.
        lang: what people are told in.
        outside: client ids that other software plays.
        patience: seconds to wait for that software, at each step.
        vhosts: play on these only; empty for all of a scenario.
    """

    seed: int
    lang: Language = "en"
    outside: frozenset[str] = frozenset()
    patience: float = 300.0
    vhosts: frozenset[str] = frozenset()


async def play(
    file: ScenarioFile, played_hub: PlayedHub, options: PlayOptions, audience: Audience
) -> ScenarioResult:
    """Play a scenario on a Hub; never raises for what goes wrong on it."""
    audience.scenario_begins(file)
    began = time.monotonic()
    result = ScenarioResult(
        name=file.name,
        title=said(file.scenario.title, options.lang),
        milestone=file.milestone,
        file=str(file.path),
        verdict="passed",
        actors={name: actor.id for name, actor in file.scenario.clients.items()},
    )
    try:
        await _Playing(file, played_hub, options, audience, result).all()
    except Unfit as reason:
        result.verdict, result.why = "skipped", str(reason)
    except HubemuError as error:
        result.verdict, result.why = "error", _one_line(error)
    else:
        result.verdict = worst(step.verdict for step in result.steps)
        result.why = next((s.why for s in result.steps if s.verdict == result.verdict), "")
    result.seconds = time.monotonic() - began
    audience.scenario_ends(result)
    return result


class _Playing:
    """One scenario being played."""

    def __init__(
        self,
        file: ScenarioFile,
        played_hub: PlayedHub,
        options: PlayOptions,
        audience: Audience,
        result: ScenarioResult,
    ) -> None:
        self._file = file
        self._played_hub = played_hub
        self._options = options
        self._audience = audience
        self._result = result

    async def all(self) -> None:
        """Play on each vHost."""
        wanted = self._options.vhosts
        several = [one for one in self._file.scenario.vhosts if not wanted or one in wanted]
        if not several:
            raise Unfit(f"it is not for {', '.join(sorted(wanted))}")
        for vhost in several:
            control = await self._played_hub.prepare(self._file.scenario)
            seed = f"{self._options.seed} {self._file.name} {vhost}"
            scene = Scene(
                self._file.scenario, self._file.path.parent, vhost, self._played_hub, control, seed
            )
            try:
                await self._on(scene)
            finally:
                await self._leave(scene)

    async def _on(self, scene: Scene) -> None:
        scenario = self._file.scenario
        await scene.set_up()
        outside = OutsideActor(scene, self._audience, self._options.lang, self._options.patience)
        self._facts_of(scene)
        for rule in scenario.faults:
            await steering.add_fault(scene, rule)
        stopped: int | None = None
        steps: list[StepResult] = []
        for step in scenario.steps:
            if step.only and scene.vhost not in step.only:
                continue
            result = self._begin(step, scene)
            steps.append(result)
            if stopped is not None:
                result.verdict = "inconclusive"
                result.why = say("earlier", self._options.lang, number=stopped)
            else:
                self._audience.step_begins(result)
                await self._do(scene, step, result, outside)
                if result.verdict in ("failed", "error"):
                    stopped = result.number
            self._audience.step_ends(result)
        await self._name_messages(scene, steps)
        await self._tls_facts(scene)

    def _begin(self, step: Step, scene: Scene) -> StepResult:
        scenario = self._file.scenario
        title = title_of(step, scenario, self._options.lang)
        title = scene.scope.fill(title) if "${" in title else title
        result = StepResult(
            number=len(self._result.steps) + 1,
            title=f"{scene.vhost}: {title}" if len(scenario.vhosts) > 1 else title,
            action=step.action,
            vhost=scene.vhost,
            proves=step.proves or list(scenario.proves),
        )
        self._result.steps.append(result)
        return result

    async def _do(
        self, scene: Scene, step: Step, result: StepResult, outside: OutsideActor
    ) -> None:
        began = time.monotonic()
        name = _actor_of(step)
        action: Any = getattr(step, step.action.replace("-", "_"))
        try:
            if name is not None and scene.presences[name].id in self._options.outside:
                await outside.do(name, step, result)
            elif (act := _ACTS.get(step.action)) is not None:
                await act(scene, step, action, result)
        except Unfit as reason:
            result.verdict, result.why = "skipped", str(reason)
        except StartError as error:
            result.verdict, result.why = "error", _one_line(error)
        except HubemuError as error:
            result.verdict, result.why = "failed", _one_line(error)
            result.expected.setdefault("done", True)
            result.received.setdefault("done", _one_line(error))
        result.seconds = time.monotonic() - began

    def _facts_of(self, scene: Scene) -> None:
        facts = scene.facts
        self._result.facts |= {
            f"{scene.vhost}": f"model {facts.vhosts[scene.vhost]}",
            "phase": facts.phase.value,
        }

    async def _name_messages(self, scene: Scene, steps: list[StepResult]) -> None:
        """Give each step the journal's ids of its messages, once all is judged."""
        rows = await scene.journal.rows()
        for result in steps:
            ids = dict.fromkeys(one for one in result.ids if one)
            result.messages = [
                row["id"] for one in ids for row in rows if row["distributionID"] == one
            ]

    async def _tls_facts(self, scene: Scene) -> None:
        """How its actors are connected, as the Hub sees it."""
        seen = await asyncio.to_thread(scene.control.get, "/api/v1/connections")
        holders = {scene.facts.holder(client) for _, client in scene.actors()}
        for one in seen["connections"]:
            if one.get("client") in holders and one.get("vhost") == scene.vhost:
                certificate = one.get("certificate") or {}
                told = [
                    one.get("tlsVersion"),
                    certificate.get("subject"),
                    certificate.get("notAfter"),
                ]
                self._result.facts[f"TLS {one['client']} {scene.vhost}"] = ", ".join(
                    str(part) for part in told if part
                )

    async def _leave(self, scene: Scene) -> None:
        scene.ended += await asyncio.shield(steering.end_faults(scene))
        self._result.faults += scene.ended
        await asyncio.shield(steering.back_to_first_phase(scene))
        await scene.close()


def _actor_of(step: Step) -> str | None:
    """The actor whose step it is."""
    action: Any = getattr(step, step.action.replace("-", "_"))
    if step.action in ("run", "note"):
        return None
    return getattr(action, "as_", None) or getattr(action, "by", None)


def _one_line(error: HubemuError) -> str:
    return " ".join(str(error).split())
