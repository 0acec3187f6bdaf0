"""Steps in which an actor that hubemu plays consumes: a message that must come, or must not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.client.inbox import Inbox
from hubemu.client.received import ReceivedMessage
from hubemu.errors import CheckFailed
from hubemu.scenarios.format.exchange_steps import Expect, ExpectNone, Settle
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.playing.comparing import Comparison, compare, same
from hubemu.scenarios.playing.contents import content_of, message_of
from hubemu.scenarios.playing.judging import capture, judge, judged
from hubemu.scenarios.playing.presence import Presence
from hubemu.scenarios.playing.scene import Scene, Sending
from hubemu.scenarios.results import StepResult

__all__ = ["expect", "expect_none", "filled", "reject"]


async def expect(scene: Scene, step: Step, action: Expect, result: StepResult) -> None:
    """The awaited message comes, as often as it must, and is as the step says."""
    presence = scene.presences[action.by]
    awaited = scene.awaited(action.by, action.queue, action.of)
    wanted = filled(scene, action)
    look = Comparison(result.expected, result.received)
    for copy in range(action.copies):
        found = await presence.next(
            action.queue, lambda one: scene.is_ours(one, action.queue, awaited), action.within
        )
        if found is None:
            _nothing_came(look, wanted, presence, copy)
            await _tell_what_became(scene, awaited, look, result)
            judge(look, result)
            return
        await _take(scene, presence, wanted, found, awaited, look, result)
    if awaited is not None:
        awaited.received_by.add(action.by)
    await _problems(scene, action, awaited, look)
    judge(look, result)


async def _take(
    scene: Scene,
    presence: Presence,
    action: Expect,
    found: tuple[Inbox, ReceivedMessage],
    awaited: Sending | None,
    look: Comparison,
    result: StepResult,
) -> None:
    inbox, delivery = found
    look.look("queue", f"{presence.id}.{action.queue}", delivery.queue)
    tree = compare(action, delivery, scene.release(presence.vhost), look)
    if action.same and awaited is not None:
        sent = content_of(awaited.messages[-1].tree)
        look.look("content", sent, content_of(tree), holds=same(sent, content_of(tree)))
    capture(scene, action.capture, message_of(tree))
    seen = scene.seen(delivery)
    about = seen.distribution_id if action.queue == "message" else seen.reference
    if about is not None:
        result.ids.append(about)
    scene.show_received(result, delivery, presence.id)
    await _settle(presence, inbox, delivery, action)
    presence.last = delivery


async def _settle(
    presence: Presence, inbox: Inbox, delivery: ReceivedMessage, action: Expect
) -> None:
    if action.then == "ack":
        await inbox.ack(delivery)
    elif action.then == "keep":
        presence.kept.append((inbox, delivery))
    else:
        await inbox.reject(delivery, requeue=action.then == "requeue")


def _nothing_came(look: Comparison, action: Expect, presence: Presence, copies: int) -> None:
    queue = f"{presence.id}.{action.queue}"
    said = f"nothing within {action.within:g} s" if not copies else f"{copies} of {action.copies}"
    look.look("queue", queue, said, holds=False)
    for key in ("type", "kind", "error"):
        if (wanted := getattr(action, key)) is not None:
            look.look(key, wanted, None)


async def _tell_what_became(
    scene: Scene, awaited: Sending | None, look: Comparison, result: StepResult
) -> None:
    """What the journal knows of the message that did not come."""
    if awaited is None:
        return
    for identifier in sorted(awaited.ids):
        row = await scene.journal.of(identifier)
        if row is None:
            result.details.append(f"{identifier}: the Hub has not judged it")
            continue
        code = row["errorCode"]
        told = f" {code['statusCode']} {code['statusString']}: {row['errorCause']}" if code else ""
        result.details.append(f"{identifier}: {row['outcome']}{told}")
    look.received["journal"] = result.details[-1] if result.details else None


async def _problems(
    scene: Scene, action: Expect, awaited: Sending | None, look: Comparison
) -> None:
    if not action.problems or awaited is None:
        return
    row = await scene.journal.of(next(iter(awaited.ids)))
    told: list[Mapping[str, Any]] = row["problems"] if row is not None else []
    wanted = scene.scope.fill(action.problems)
    found = all(any(_is_part(one, problem) for problem in told) for one in wanted)
    look.look("problems", wanted, told, holds=found)


def _is_part(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(same(value, whole.get(key)) for key, value in part.items())


def filled(scene: Scene, action: Expect) -> Expect:
    """The expectation with its names replaced."""
    fill = scene.scope.fill
    sender = scene.recipient(action.from_) if action.from_ is not None else None
    return action.model_copy(
        update={
            "from_": sender,
            "cause": fill(action.cause),
            "type": fill(action.type),
            "fields": fill(action.fields),
            "equals": fill(action.equals),
            "envelope": fill(action.envelope),
        }
    )


async def expect_none(scene: Scene, step: Step, action: ExpectNone, result: StepResult) -> None:
    """Nothing comes that belongs to the scenario, once the Hub has judged all that was sent."""
    presence = scene.presences[action.by]
    awaited = scene.of_step(action.of) if action.of is not None else None
    if action.judged:
        await judged(scene)
    found = await presence.next(
        action.queue, lambda one: scene.is_ours(one, action.queue, awaited), action.seconds
    )
    look = Comparison(result.expected, result.received)
    came = None
    if found is not None:
        inbox, delivery = found
        seen = scene.seen(delivery)
        came = f"{seen.content or 'message'} {seen.distribution_id}"
        scene.show_received(result, delivery, presence.id)
        await inbox.ack(delivery)
    look.look(f"{presence.id}.{action.queue}", None, came)
    judge(look, result)


async def reject(scene: Scene, step: Step, action: Settle, result: StepResult) -> None:
    """Refuse a message that was kept: it goes to the dead letters, or back to the queue.

    Raises:
        CheckFailed: none was kept.
    """
    presence = scene.presences[action.as_]
    ids = scene.of_step(action.of).ids if action.of is not None else None
    for one in presence.kept:
        identifier = scene.seen(one[1]).distribution_id
        if ids is None or identifier in ids:
            presence.kept.remove(one)
            await one[0].reject(one[1], requeue=action.requeue)
            result.ids.append(identifier or "")
            return
    raise CheckFailed(f"{action.as_} keeps no such message: expect it with `then: keep` before")
