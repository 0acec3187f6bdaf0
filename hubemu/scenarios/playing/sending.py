"""Steps in which an actor that hubemu plays publishes: a message, an acknowledgement."""

from __future__ import annotations

import asyncio

from hubemu.edxl import CONTENT_TYPES
from hubemu.errors import CheckFailed, StartError
from hubemu.scenarios.format.exchange_steps import Acknowledge, Send
from hubemu.scenarios.format.message import Message
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.playing.comparing import Comparison, look_at
from hubemu.scenarios.playing.contents import Outbound, make, message_of
from hubemu.scenarios.playing.judging import capture, judge
from hubemu.scenarios.playing.presence import Presence
from hubemu.scenarios.playing.scene import Scene, Sending
from hubemu.scenarios.results import StepResult

__all__ = ["acknowledge", "send"]

_TRIES = 40
"""Times a sender connects again for one message."""
_PAUSE = 0.05


async def send(scene: Scene, step: Step, action: Send, result: StepResult) -> None:
    """Publish the message, as often as the step says; the broker must confirm each."""
    presence = scene.presences[action.as_]
    recipient = scene.recipient(action.to)
    await scene.tell_time()
    desk = scene.desk(presence.vhost)
    messages = [make(action, presence.id, recipient, desk) for _ in range(action.times)]
    sending = Sending(step.id or str(result.number), presence.id, recipient, messages)
    scene.remember(step, sending)
    look = Comparison(result.expected, result.received)
    for message in messages:
        scene.show(result, message, f"{recipient}.message")
    look_at(scene.scope.fill(action.check), message_of(messages[-1].tree), look)
    capture(scene, action.capture, message_of(messages[-1].tree))
    if action.refused is not None:
        await _must_be_refused(presence, action, messages[-1], look)
    else:
        for message in messages:
            await _publish(scene, presence, action, message)
            sending.confirmed.append(message.distribution_id)
        look.look("confirmed", len(messages), len(sending.confirmed))
    judge(look, result)


async def _publish(scene: Scene, presence: Presence, action: Send, message: Outbound) -> None:
    for attempt in range(_TRIES):
        try:
            await _publish_once(scene, presence, action, message)
            return
        except (CheckFailed, StartError):
            if not action.again or attempt + 1 == _TRIES:
                raise
            await presence.leave()
            await asyncio.sleep(_PAUSE)


async def _publish_once(scene: Scene, presence: Presence, action: Send, message: Outbound) -> None:
    client = await presence.client()
    await client.publish(
        message.body,
        routing_key=scene.scope.fill(action.key) if action.key else presence.id,
        content_type=message.content_type,
        persistent=action.persistent,
    )


async def _must_be_refused(
    presence: Presence, action: Send, message: Outbound, look: Comparison
) -> None:
    client = await presence.client()
    words = action.refused or ""
    try:
        await client.publish(
            message.body,
            routing_key=action.key or presence.id,
            content_type=message.content_type,
            persistent=action.persistent,
        )
    except CheckFailed as refusal:
        told = str(refusal)
        look.look("refused", words, told, holds=words.lower() in told.lower())
        await presence.leave()
        return
    look.look("refused", words, "confirmed", holds=False)


async def acknowledge(scene: Scene, step: Step, action: Acknowledge, result: StepResult) -> None:
    """Send the RC-REF of a message that came (DST 3.4)."""
    presence = scene.presences[action.as_]
    awaited = _received(scene, action.as_, action.of)
    written = action.format or _format_of(presence)
    about = awaited.messages[-1]
    message = Message(
        content={"reference": {"distributionID": about.distribution_id}}, set_=action.set_
    )
    sending = Send.model_validate(
        {"as": action.as_, "to": awaited.sender, "message": message, "format": written}
    )
    await send(scene, step, sending, result)


def _format_of(presence: Presence) -> str:
    last = presence.last
    return "xml" if last and last.properties.content_type == CONTENT_TYPES["xml"] else "json"


def _received(scene: Scene, name: str, of: str | None) -> Sending:
    """The sending that an actor answers."""
    if of is not None:
        return scene.of_step(of)
    for sending in reversed(scene.sendings):
        if name in sending.received_by:
            return sending
    raise CheckFailed(f"{name} has received nothing that it could acknowledge")
