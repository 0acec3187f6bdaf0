"""Nobody consumes longer than somebody looks, and what was dealt with goes first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

import pytest

from hubemu.client.inbox import Inbox
from hubemu.client.received import ReceivedMessage
from hubemu.control.inboxes import ClientInbox, PlayedInboxes
from hubemu.control.inboxes import played_inboxes as module
from hubemu.properties import Properties
from tests.support.fake_hub import FakeHub

RECEIVED = ReceivedMessage(
    queue="fr.health.samuA.message",
    body=b"{}",
    properties=Properties(),
    routing_key="fr.health.samuA.message",
    redelivered=False,
    tag=1,
)


class Source:
    """A consumer that is told what was done."""

    async def ack(self, delivery: ReceivedMessage) -> None:
        """Fine."""


def an_inbox(desk: PlayedInboxes) -> ClientInbox:
    """One that is there without a connection."""
    made = ClientInbox(
        "fr.health.samuA",
        "15-15_v2.0",
        keep=desk._keep,
        told=desk._told,
        now=desk._now,
        new_id=uuid4,
    )
    desk._inboxes[made.id] = made
    return made


def test_every_inbox_is_closed_when_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unattended() -> list[Any]:
        desk = PlayedInboxes(FakeHub().hub)
        an_inbox(desk)
        monkeypatch.setattr(module, "PATIENCE", 0.0)
        desk.looked()
        while desk._inboxes:
            await asyncio.sleep(0)
        return list(desk._inboxes)

    assert asyncio.run(unattended()) == []


def test_of_many_deliveries_the_oldest_that_is_dealt_with_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def crowded() -> list[int]:
        desk = PlayedInboxes(FakeHub().hub)
        inbox = an_inbox(desk)
        monkeypatch.setattr(module, "MAX_HELD", 3)
        source = cast("Inbox", Source())
        held = [desk._keep(inbox, source, replace(RECEIVED, tag=tag)) for tag in (1, 2, 3)]
        await desk.settle(inbox.id, held[1].number, "ack")
        desk._keep(inbox, source, replace(RECEIVED, tag=4))
        changes = await desk.changes(0, 0)
        await desk.close_all()
        shown = {one["number"] for one in changes["deliveries"]}
        return [one.delivery.tag for one in held if one.number in shown]

    assert asyncio.run(crowded()) == [1, 3]
