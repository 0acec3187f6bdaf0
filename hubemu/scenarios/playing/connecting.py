"""Steps about the link itself: connecting, declaring, leaving; and that nothing was lost on it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from hubemu.errors import CheckFailed, StartError
from hubemu.scenarios.format.connection_steps import Connect, Declare, Disconnect
from hubemu.scenarios.format.exchange_steps import Account
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.playing.comparing import Comparison
from hubemu.scenarios.playing.credentials import Credentials
from hubemu.scenarios.playing.judging import judge
from hubemu.scenarios.playing.presence import Presence
from hubemu.scenarios.playing.scene import Scene, Sending
from hubemu.scenarios.results import StepResult

__all__ = ["account", "connect", "declare", "disconnect"]

_PAUSE = 0.05


async def connect(scene: Scene, step: Step, action: Connect, result: StepResult) -> None:
    """Connect, or be refused."""
    presence = scene.presences[action.as_]
    await scene.refresh()
    look = Comparison(result.expected, result.received)
    wanted = action.refused or "connected"
    try:
        await presence.connect(_credentials(scene, action))
    except CheckFailed as refusal:
        told = str(refusal).replace(f"{scene.facts.host}:{scene.facts.port}: ", "")
        holds = action.refused is not None and action.refused.lower() in told.lower()
        look.look("connection", wanted, told, holds=holds)
    else:
        look.look("connection", wanted, "connected")
    judge(look, result)


def _credentials(scene: Scene, action: Connect) -> Credentials:
    def folder(step: str | None) -> Path | None:
        return None if step is None else scene.certs_at[step]

    return Credentials(
        certificate=action.certificate,
        trusts=action.trusts,
        own=folder(action.certificate_of),
        trusted=folder(action.trusts_of),
        pinned=folder(action.pins),
    )


async def declare(scene: Scene, step: Step, action: Declare, result: StepResult) -> None:
    """Declare one of the actor's queues, or be refused."""
    presence = scene.presences[action.as_]
    queue = f"{presence.id}.{action.queue}"
    look = Comparison(result.expected, result.received)
    try:
        ready = await (await presence.client()).declare(queue, passive=action.passive)
    except CheckFailed as refusal:
        told = str(refusal)
        holds = action.refused is not None and action.refused.lower() in told.lower()
        look.look(queue, action.refused or "declared", told, holds=holds)
        await presence.leave()
    else:
        look.look(queue, action.refused or "declared", "declared")
        if action.holds is not None:
            look.look("ready", action.holds, ready)
    judge(look, result)


async def account(scene: Scene, step: Step, action: Account, result: StepResult) -> None:
    """Each confirmed message of a step comes to its recipient, or is reported to its sender."""
    presence = scene.presences[action.by]
    sending = scene.of_step(action.of)
    missing, twice = set(sending.confirmed), 0
    deadline = time.monotonic() + action.within
    while missing and (left := deadline - time.monotonic()) > 0:
        found = await _next_of(presence, sending, scene, left)
        if found is None:
            break
        twice += found not in missing
        missing.discard(found)
    missing -= await _reported(scene, missing)
    look = Comparison(result.expected, result.received)
    look.look("lost", [], sorted(missing))
    if not action.duplicates:
        look.look("twice", 0, twice)
    sending.received_by.add(action.by)
    result.ids += sending.confirmed
    judge(look, result)


async def _next_of(presence: Presence, sending: Sending, scene: Scene, within: float) -> str | None:
    try:
        found = await presence.next(
            "message", lambda one: scene.is_ours(one, "message", sending), within
        )
        if found is None:
            return None
        inbox, delivery = found
        await inbox.ack(delivery)
        return scene.seen(delivery).distribution_id
    except (
        CheckFailed,
        StartError,
    ):  # its connection was cut: what was not acknowledged comes again
        await presence.leave()
        await asyncio.sleep(_PAUSE)
        return ""


async def _reported(scene: Scene, ids: set[str]) -> set[str]:
    rows = await scene.journal.rows()
    return {row["distributionID"] for row in rows if row["errorCode"] is not None} & ids


async def disconnect(scene: Scene, step: Step, action: Disconnect, result: StepResult) -> None:
    """Leave: what was not acknowledged goes back to its queue."""
    await scene.presences[action.as_].leave()
