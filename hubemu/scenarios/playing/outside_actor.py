"""Steps of an actor that the vendor's own software plays: hubemu waits, and looks at what comes."""

from __future__ import annotations

import json
from typing import Any

from hubemu.edxl import CONTENT_TYPES
from hubemu.errors import CheckFailed
from hubemu.messages import MessageError
from hubemu.scenarios.format.exchange_steps import Acknowledge, Confirm, Expect, Send
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.format.text import Language, said
from hubemu.scenarios.playing.audience import Audience
from hubemu.scenarios.playing.comparing import Comparison, look_at
from hubemu.scenarios.playing.contents import Outbound, make, message_of
from hubemu.scenarios.playing.hub_watch import HubWatch, format_of
from hubemu.scenarios.playing.journal import Row
from hubemu.scenarios.playing.judging import capture, judge
from hubemu.scenarios.playing.scene import Scene, Sending
from hubemu.scenarios.playing.waiting import Waiting
from hubemu.scenarios.playing.words import say, title_of
from hubemu.scenarios.results import StepResult

__all__ = ["OutsideActor"]

_POLL = 0.2


class OutsideActor:
    """Waits for software that plays an actor.

    Args:
        scene: the scene it plays on.
        audience: who is told what is waited for, and who answers.
        lang: the language of what is said.
        patience: seconds to wait for each step.
    """

    def __init__(self, scene: Scene, audience: Audience, lang: Language, patience: float) -> None:
        self._scene = scene
        self._lang = lang
        self._patience = patience
        self._watch = HubWatch(scene, patience)
        self._wait = Waiting(scene, audience, lang, patience)

    async def do(self, name: str, step: Step, result: StepResult) -> None:
        """Wait until the software has done a step, and judge what it did."""
        if step.send is not None:
            await self._send(name, step, step.send, result)
        elif step.expect is not None:
            await self._expect(name, step.expect, result)
        elif step.acknowledge is not None:
            await self._acknowledge(name, step, step.acknowledge, result)
        elif step.connect is not None and step.connect.refused is None:
            await self._connected(name, result)
        elif step.confirm is not None:
            await self.confirm(step.confirm, result)
        elif step.disconnect is not None or step.expect_none is not None:
            title = title_of(step, self._scene.scenario, self._lang)
            await self._wait.ask("ext do", name, title, result)
        else:
            result.verdict, result.why = "skipped", say("played only", self._lang)

    async def confirm(self, action: Confirm, result: StepResult) -> None:
        """Have the person say whether it is so."""
        await self._wait.ask("ext shown", action.by, said(action.ask, self._lang), result)

    async def _send(self, name: str, step: Step, action: Send, result: StepResult) -> None:
        scene, presence = self._scene, self._scene.presences[name]
        recipient = scene.recipient(action.to)
        await scene.tell_time()
        model = make(action, presence.id, recipient, scene.desk(presence.vhost))
        wanted = action.type or model.type
        self._wait.tell("ext send", name, what=wanted, b=recipient)
        row = await self._wait.awaited(self._watch.sent(presence, wanted, recipient), result)
        if row is None:
            await self._tell_instead(presence.id, result)
            return
        sent = _outbound(row, presence.id)
        sent.tree = self._tree(sent, presence.vhost)
        self._remember(step, result, sent, recipient)
        scene.show(result, sent, f"{recipient}.message")
        look = Comparison(result.expected, result.received)
        look.look("type", wanted, row["type"])
        look.look("recipient", recipient, row["recipient"])
        if not any(other.expect and other.expect.error for other in scene.scenario.steps):
            look.look("error", None, _refusal(row))
        look_at(scene.scope.fill(action.check), message_of(sent.tree), look)
        if sent.tree is not None:
            capture(scene, action.capture, message_of(sent.tree))
        judge(look, result)

    def _remember(self, step: Step, result: StepResult, sent: Outbound, recipient: str) -> None:
        """Have later steps know what the software sent."""
        key, ids = step.id or str(result.number), [sent.distribution_id]
        self._scene.remember(step, Sending(key, sent.sender, recipient, [sent], ids))

    async def _tell_instead(self, sender: str, result: StepResult) -> None:
        """What the software sent that was not waited for."""
        known = self._scene.known_ids()
        rows = [
            row
            for row in await self._scene.journal.rows()
            if row["sender"] == sender and row["distributionID"] not in known
        ]
        result.received["instead"] = [
            f"{row['type'] or 'message'} to {row['recipient']} on {row['vhost']}" for row in rows
        ]

    async def _expect(self, name: str, action: Expect, result: StepResult) -> None:
        scene, presence = self._scene, self._scene.presences[name]
        queue = f"{presence.id}.{action.queue}"
        self._wait.tell("ext expect", name, queue=queue)
        awaited = scene.awaited(name, action.queue, action.of)
        if awaited is None:
            raise CheckFailed("no message of the scenario is on its way to it")
        taken = await self._wait.awaited(self._watch.taken(action, awaited, presence.id), result)
        if taken is None:
            return
        awaited.received_by.add(name)
        result.ids += sorted(awaited.ids)
        look = Comparison(result.expected, result.received)
        look.look("outcome", "acknowledged", taken)
        judge(look, result)
        if action.confirm is not None and result.verdict == "passed":
            await self._wait.ask("ext shown", name, said(action.confirm, self._lang), result)

    async def _acknowledge(
        self, name: str, step: Step, action: Acknowledge, result: StepResult
    ) -> None:
        scene, presence = self._scene, self._scene.presences[name]
        awaited = self._acknowledged(name, action)
        self._wait.tell("ext acknowledge", name, b=awaited.sender)
        row = await self._wait.awaited(self._watch.reference(presence.id, awaited), result)
        if row is None:
            return
        sent = _outbound(row, presence.id)
        sent.tree = self._tree(sent, presence.vhost)
        self._remember(step, result, sent, awaited.sender)
        scene.show(result, sent, f"{awaited.sender}.ack")
        look = Comparison(result.expected, result.received)
        look.look("kind", "Ack", row["kind"])
        look.look("recipient", awaited.sender, row["recipient"])
        look.look("error", None, row["errorCause"])
        judge(look, result)

    def _acknowledged(self, name: str, action: Acknowledge) -> Sending:
        if action.of is not None:
            return self._scene.of_step(action.of)
        for sending in reversed(self._scene.sendings):
            if name in sending.received_by:
                return sending
        raise CheckFailed(f"{name} has received nothing that it could acknowledge")

    async def _connected(self, name: str, result: StepResult) -> None:
        presence = self._scene.presences[name]
        self._wait.tell("ext connect", name)

        await self._wait.awaited(self._watch.connected(presence), result)

    def _tree(self, sent: Outbound, vhost: str) -> dict[str, Any] | None:
        try:
            if sent.content_type == CONTENT_TYPES["xml"]:
                return dict(self._scene.release(vhost).read(sent.body, "xml").tree)
            tree = json.loads(sent.body)
        except (MessageError, ValueError):
            return None
        return tree if isinstance(tree, dict) else None


def _refusal(row: Row) -> str | None:
    """The error that the Hub reported, its code and its text."""
    code = row["errorCode"]
    return code and f"{code['statusCode']} {code['statusString']}: {row['errorCause']}"


def _outbound(row: Row, sender: str) -> Outbound:
    return Outbound(
        distribution_id=row["distributionID"] or "",
        sender=sender,
        recipient=row["recipient"] or "",
        type=row["type"] or "message",
        body=row["body"].encode(),
        content_type=CONTENT_TYPES[format_of(row)],
    )
