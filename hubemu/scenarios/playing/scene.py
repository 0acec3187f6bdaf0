"""What is on the scene while a scenario is played on one vHost: actors, messages, names, rules."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from hubemu.client.control import ControlClient
from hubemu.client.facts import HubFacts, ask_hub
from hubemu.client.received import ReceivedMessage
from hubemu.documents import Summary, summary_of
from hubemu.errors import CheckFailed
from hubemu.messages import Release, load_release
from hubemu.scenarios.acknowledging import PARIS
from hubemu.scenarios.format.scenario import Scenario
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.played_hub import PlayedHub
from hubemu.scenarios.playing.contents import MessageSources, Outbound
from hubemu.scenarios.playing.journal import HubJournal, Row
from hubemu.scenarios.playing.presence import Presence
from hubemu.scenarios.results import Evidence, StepResult
from hubemu.scenarios.values import Scope
from hubemu.settings import Phase

__all__ = ["Scene", "Sending"]


_NOT_EXTRACTED = "distributionID_could_not_be_extracted"
"""What a report is about when the Hub could not read the id (facts: hub 4.2, 11)."""


@dataclass(slots=True)
class Sending:
    """What one step sent: by whom, to whom, each message, those the broker confirmed."""

    step: str
    sender: str
    recipient: str
    messages: list[Outbound]
    confirmed: list[str] = field(default_factory=list)
    received_by: set[str] = field(default_factory=set)

    @property
    def ids(self) -> set[str]:
        """The distributionIDs."""
        return {one.distribution_id for one in self.messages if one.distribution_id}


class Scene:
    """One playing of a scenario on one vHost.

    Args:
        scenario: what is played.
        folder: where its file is.
        vhost: where it is played.
        played_hub: the Hub it is played on, `control` being its control API.
        seed: of every id drawn.
    """

    def __init__(
        self,
        scenario: Scenario,
        folder: Path,
        vhost: str,
        played_hub: PlayedHub,
        control: ControlClient,
        seed: str,
    ) -> None:
        self.scenario = scenario
        self.folder = folder
        self.vhost = vhost
        self.played_hub = played_hub
        self.control = control
        self.journal = HubJournal(control)
        self.scope = Scope(Random(seed), datetime.min.replace(tzinfo=UTC))  # noqa: S311 (ids of messages, no secrets)
        self.sendings: list[Sending] = []
        self.rules: dict[str, dict[str, Any]] = {}
        self.before: list[Row] = []
        self.first_phase: Phase | None = None
        self.moved = False
        """Whether the Hub was led to another phase or step."""
        self.certs_at: dict[str, Path] = {}
        """The folders of certificates that steps of a migration led the Hub to, by their ids."""
        self.ended: list[dict[str, Any]] = []
        self._facts: HubFacts | None = None
        self._began = time.monotonic()
        self.presences = {
            name: Presence(actor, actor.vhost or vhost, lambda: self.facts)
            for name, actor in scenario.clients.items()
        }

    @property
    def facts(self) -> HubFacts:
        """The Hub as it was when it was last asked."""
        if self._facts is None:
            raise RuntimeError("the scene is not set")
        return self._facts

    async def set_up(self) -> None:
        """Ask the Hub who it is and what time it has, and give the names their values."""
        await self.refresh()
        self.first_phase = self.facts.phase
        await self.journal.begin()
        names = self.scope.names
        names |= {name: actor.id for name, actor in self.scenario.clients.items()}
        names |= {"vhost": self.vhost, "model": self.facts.vhosts[self.vhost]}
        for name, text in self.scenario.variables.items():
            names[name] = self.scope.fill(text)

    async def refresh(self) -> None:
        """Ask the Hub again: its phase and its clock may have been moved."""
        self._facts = await asyncio.to_thread(ask_hub, self.control)
        await self.tell_time()

    async def again(self) -> None:
        """The Hub was started again: its control API and its journal are new ones."""
        self.journal = HubJournal(self.control, self.before)
        await self.refresh()
        await self.journal.begin()

    async def tell_time(self) -> None:
        """Have `now` be the Hub's time."""
        self.scope.now = (await asyncio.to_thread(self.control.clock)).astimezone(PARIS)

    def release(self, vhost: str) -> Release:
        """The model release of a vHost."""
        return load_release(self.facts.vhosts[vhost])

    def desk(self, vhost: str) -> MessageSources:
        """What messages for a vHost are made with."""
        sent = {one.step: one.messages for one in self.sendings}
        return MessageSources(
            release=self.release(vhost), scope=self.scope, folder=self.folder, sent=sent
        )

    def recipient(self, to: str) -> str:
        """The client id of an actor, or the id that was given itself."""
        filled = self.scope.fill(to)
        actor = self.scenario.clients.get(filled)
        return actor.id if actor is not None else str(filled)

    def of_step(self, step: str) -> Sending:
        """What a step sent.

        Raises:
            CheckFailed: it sent nothing.
        """
        for sending in reversed(self.sendings):
            if sending.step == step:
                return sending
        raise CheckFailed(f"step {step!r} sent nothing")

    def awaited(self, by: str, queue: str, of: str | None) -> Sending | None:
        """The sending whose message an actor expects: the one named, else the first not received
        yet on `message`, else the last that fits."""
        if of is not None:
            return self.of_step(of)
        own = self.presences[by].id
        if queue == "message":
            fitting = [one for one in self.sendings if one.recipient == own]
            return next((one for one in fitting if by not in one.received_by), _last(fitting))
        return _last([one for one in self.sendings if one.sender == own])

    def is_ours(self, delivery: ReceivedMessage, queue: str, awaited: Sending | None) -> bool:
        """Whether a delivery is the one awaited, or belongs to this playing if none is named."""
        seen = self.seen(delivery)
        identifier = seen.distribution_id if queue == "message" else seen.reference
        if identifier is None:
            return queue == "message"  # nobody can read what it is
        if identifier == _NOT_EXTRACTED:
            return awaited is not None
        if awaited is not None and awaited.ids:
            return identifier in awaited.ids
        return awaited is not None or identifier in self.known_ids()

    def seen(self, delivery: ReceivedMessage) -> Summary:
        """What a delivery says at first sight."""
        return summary_of(delivery.body, delivery.properties.content_type)

    def known_ids(self) -> set[str]:
        """The ids of every message sent so far."""
        return {one for sending in self.sendings for one in sending.ids}

    def remember(self, step: Step, sending: Sending) -> None:
        """A step has sent something: later ones refer to it."""
        self.sendings.append(sending)
        if step.id is not None and sending.messages:
            self.scope.names[f"{step.id}.distributionID"] = sending.messages[-1].distribution_id

    def show(self, result: StepResult, message: Outbound, queue: str) -> None:
        """Keep a message that was sent as evidence of a step."""
        result.ids.append(message.distribution_id)
        result.evidence.append(
            Evidence(
                at=time.monotonic() - self._began,
                sender=message.sender,
                recipient=message.recipient if queue else "hub",
                label=message.type,
                queue=queue,
                distribution_id=message.distribution_id,
                content_type=message.content_type,
                body=message.body,
            )
        )

    def show_received(self, result: StepResult, delivery: ReceivedMessage, by: str) -> None:
        """Keep a message that came as evidence of a step."""
        seen = self.seen(delivery)
        code = f" {seen.status_code} {seen.status_string}" if seen.status_code else ""
        result.evidence.append(
            Evidence(
                at=time.monotonic() - self._began,
                sender=seen.sender or "?",
                recipient=by,
                label=(seen.content or "message") + code,
                queue=delivery.queue,
                distribution_id=seen.distribution_id or "",
                content_type=delivery.properties.content_type or "",
                body=delivery.body,
            )
        )

    async def close(self) -> None:
        """Everybody leaves."""
        for presence in self.presences.values():
            await presence.leave()

    def actors(self) -> Iterator[tuple[str, str]]:
        """Names and client ids of the actors."""
        for name, presence in self.presences.items():
            yield name, presence.id


def _last(sendings: list[Sending]) -> Sending | None:
    return sendings[-1] if sendings else None
