"""Steps that act on the Hub or on the world around it: faults, phase, clock, restart, commands."""

from __future__ import annotations

import asyncio
import os
import shlex
from typing import Any

from hubemu.client.environment import client_environment
from hubemu.errors import CheckFailed
from hubemu.scenarios.format.hub_steps import Clock, FaultSwitch, PhaseChange, Run
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.playing.comparing import Comparison
from hubemu.scenarios.playing.judging import judge, judged
from hubemu.scenarios.playing.scene import Scene
from hubemu.scenarios.results import StepResult

__all__ = [
    "add_fault",
    "back_to_first_phase",
    "clock",
    "end_faults",
    "fault",
    "phase",
    "restart",
    "run",
    "wait",
]

_FAULTS = "/api/v1/faults"


async def call(scene: Scene, method: str, path: str, body: Any = None) -> Any:
    """What the Hub answers.

    Raises:
        CheckFailed: it refuses.
    """
    status, answer = await asyncio.to_thread(scene.control.call, method, path, body, 30.0)
    if status >= 400:
        detail = answer.get("detail") if isinstance(answer, dict) else None
        raise CheckFailed(f"{method} {path}: the Hub answers {status}: {detail or 'no reason'}")
    return answer


async def add_fault(scene: Scene, rule: dict[str, Any]) -> None:
    """Put a rule in force; `id` is its name in the scenario."""
    wanted = scene.scope.fill({key: value for key, value in rule.items() if key != "id"})
    added = await call(scene, "POST", _FAULTS, wanted)
    scene.rules[str(rule.get("id", added["id"]))] = added


async def end_faults(scene: Scene, which: str = "all") -> list[dict[str, Any]]:
    """End the scenario's rules; gives each with its strikes."""
    names = list(scene.rules) if which == "all" else [which]
    ended = []
    listed = (await call(scene, "GET", _FAULTS))["faults"] if names else []
    for name in names:
        rule = scene.rules.pop(name)
        now = next((one for one in listed if one["id"] == rule["id"]), rule)
        await call(scene, "DELETE", f"{_FAULTS}/{rule['id']}")
        ended.append({**now, "id": name})
    return ended


async def fault(scene: Scene, step: Step, action: FaultSwitch, result: StepResult) -> None:
    """Put a rule in force, or end it: one that never struck proves nothing."""
    if action.on is not None:
        await add_fault(scene, action.on)
        return
    ended = await end_faults(scene, action.off or "all")
    scene.ended += ended
    idle = [rule["id"] for rule in ended if not rule.get("strikes")]
    result.received["strikes"] = {rule["id"]: rule.get("strikes", 0) for rule in ended}
    if idle and action.struck:
        result.verdict, result.why = "inconclusive", f"never struck: {', '.join(idle)}"


async def phase(scene: Scene, step: Step, action: PhaseChange, result: StepResult) -> None:
    """Go to a phase, or to a step of any change of certificates."""
    body = action.model_dump(mode="json", exclude_none=True)
    if "to" in body:
        body["phase"] = body.pop("to")
    scene.moved = True
    now = await call(scene, "PUT", "/api/v1/phase", body)
    await scene.refresh()
    if step.id is not None:
        scene.certs_at[step.id] = scene.facts.certs
    look = Comparison(result.expected, result.received)
    look.look("step", action.name, now["step"])
    judge(look, result)


async def back_to_first_phase(scene: Scene) -> None:
    """Leave the Hub in the phase it was in: it may be others' too."""
    if scene.first_phase is not None and scene.moved:
        await call(scene, "PUT", "/api/v1/phase", {"phase": scene.first_phase.value})


async def clock(scene: Scene, step: Step, action: Clock, result: StepResult) -> None:
    """Move the Hub's clock forward, once all that was sent is judged."""
    if action.judged:
        await judged(scene)
    await call(scene, "POST", "/api/v1/clock", {"advance": action.advance})
    await scene.tell_time()


async def wait(scene: Scene, step: Step, action: float, result: StepResult) -> None:
    """Let real time pass."""
    await asyncio.sleep(action)


async def restart(scene: Scene, step: Step, action: str, result: StepResult) -> None:
    """Stop the Hub and start it again in its home; every actor has to connect anew."""
    await judged(scene)
    scene.before = await scene.journal.rows()
    await scene.close()
    scene.control = await scene.played_hub.restart()
    await scene.again()


async def run(scene: Scene, step: Step, action: Run, result: StepResult) -> None:
    """Run a command with the environment of an actor."""
    words = shlex.split(action.command) if isinstance(action.command, str) else action.command
    words = [scene.scope.fill(word) for word in words]
    name = action.as_ or next(iter(scene.presences))
    presence = scene.presences[name]
    environment = client_environment(
        scene.facts, scene.played_hub.home, presence.id, presence.vhost
    )
    code, out = await _run(words, dict(os.environ) | environment, action.within)
    look = Comparison(result.expected, result.received)
    look.look("code", action.code, code)
    if action.out is not None:
        wanted = scene.scope.fill(action.out)
        look.look("out", wanted, out[-2000:], holds=wanted in out)
    if code != action.code:
        look.received["out"] = out[-2000:]
    judge(look, result)


async def _run(words: list[str], environment: dict[str, str], within: float) -> tuple[int, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise CheckFailed(f"{words[0]}: cannot be run: {error.strerror}") from None
    try:
        async with asyncio.timeout(within):
            out, _ = await process.communicate()
    except TimeoutError:
        raise CheckFailed(f"{words[0]}: not done within {within:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out.decode("utf-8", "replace")
