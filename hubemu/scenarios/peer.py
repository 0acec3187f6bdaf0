"""A peer that is left running: a client that answers whatever it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hubemu.client.facts import HubFacts, ask_hub
from hubemu.client.inbox import Inbox
from hubemu.client.listening import row
from hubemu.client.received import ReceivedMessage
from hubemu.documents import summary_of
from hubemu.errors import CheckFailed, StartError
from hubemu.messages import load_release
from hubemu.scenarios.acknowledging import acknowledgement
from hubemu.scenarios.format.scenario import Actor
from hubemu.scenarios.playing.presence import Presence
from hubemu.seeded_ids import seeded_uuid

__all__ = ["Manner", "RunningPeer"]

Manner = Literal["ack", "refuse", "silent"]
_PAUSE = 1.0
"""Seconds before it connects again."""
_QUEUES = ("message", "ack", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPeer:
    """How a peer answers.

    Attributes:
        client: who it is.
        manner: `ack` sends an RC-REF, `refuse` makes a dead letter of it, `silent` takes it and
            says nothing.
        after: seconds before it answers.
        show: is told of each message, and what was answered.
    """

    client: str
    manner: Manner
    after: float
    show: Callable[[dict[str, Any]], None]

    async def run(self, facts: HubFacts, vhosts: Sequence[str]) -> None:
        """Answer on each of the vHosts, until it is cancelled; a lost connection is made again.

        Raises:
            CheckFailed: the Hub refuses the client from the start.
            StartError: the Hub is not there.
        """
        desks = [_Desk(self, facts, vhost) for vhost in vhosts]
        try:
            for desk in desks:
                await desk.presence.connect()
            await asyncio.gather(*(desk.answer(queue) for desk in desks for queue in _QUEUES))
        finally:
            for desk in desks:
                await desk.presence.leave()


class _Desk:
    """The peer on one vHost."""

    def __init__(self, peer: RunningPeer, facts: HubFacts, vhost: str) -> None:
        self._peer = peer
        self._facts = facts
        self.presence = Presence(Actor(id=peer.client), vhost, lambda: self._facts)
        self._answered = 0

    async def answer(self, queue: str) -> None:
        """Answer what comes on a queue, for ever."""
        while True:
            try:
                await self._answer_while_connected(queue)
            except (CheckFailed, StartError):
                await asyncio.sleep(_PAUSE)
                await self._connect_again(queue)

    async def _connect_again(self, queue: str) -> None:
        if queue != _QUEUES[0]:
            return  # one connection for all: the first queue sees to it
        try:
            self._facts = await asyncio.to_thread(ask_hub, self._facts.control)
            await self.presence.connect()
        except (CheckFailed, StartError):
            await self.presence.leave()

    async def _answer_while_connected(self, queue: str) -> None:
        while True:
            found = await self.presence.next(queue, lambda _: True, within=None)
            if found is not None:
                await self._settle(queue, *found)

    async def _settle(self, queue: str, inbox: Inbox, delivery: ReceivedMessage) -> None:
        peer = self._peer
        answer = "taken"
        if queue == "message" and peer.after:
            await asyncio.sleep(peer.after)
        if queue == "message" and peer.manner == "refuse":
            await inbox.reject(delivery)
            answer = "refused"
        else:
            await inbox.ack(delivery)
            if queue == "message" and peer.manner == "ack":
                answer = await self._acknowledge(delivery)
        peer.show({"vhost": self.presence.vhost, **row(delivery), "answer": answer})

    async def _acknowledge(self, delivery: ReceivedMessage) -> str:
        content_type = delivery.properties.content_type
        seen = summary_of(delivery.body, content_type)
        now = await asyncio.to_thread(self._facts.control.clock)
        release = load_release(self._facts.vhosts[self.presence.vhost])
        self._answered += 1
        words = self._peer.client, self.presence.vhost, seen.distribution_id, self._answered
        unique = seeded_uuid(self._facts.seed, "peer", *words)
        by = self._peer.client
        try:
            body, written = acknowledgement(seen, content_type, release, by, now, unique)
        except ValueError:
            return "unreadable"
        client = await self.presence.client()
        await client.publish(body, routing_key=by, content_type=written, message_id=unique.hex)
        return "acknowledged"
