"""One client that is played: its connection, what it holds, how it answers.

1. It connects with the client's own certificate, so whatever refuses a client refuses it.
2. It consumes `.message`, `.ack` and `.info` with acknowledgements, at most `PREFETCH` of each
   unacknowledged: what it has not dealt with goes back to its queue when it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from hubemu.client.connection import Endpoint, HubClient, connect
from hubemu.client.inbox import Inbox
from hubemu.client.received import ReceivedMessage
from hubemu.control.inboxes.held_delivery import Held
from hubemu.documents import summary_of
from hubemu.edxl import JSON
from hubemu.errors import CheckFailed, HubemuError
from hubemu.messages import Letter, Release, dump_json, wrap
from hubemu.supervision import Supervision

__all__ = ["PREFETCH", "QUEUES", "Action", "ClientInbox"]

QUEUES = ("message", "ack", "info")
_PATIENCE = 6.0
"""Seconds for each answer of the Hub: whoever asked over HTTP waits, for ten or so."""
PREFETCH = 200
Action = Literal["acknowledge", "ack", "refuse", "requeue"]
"""RC-REF to the sender and basic.ack; basic.ack alone; basic.reject, without or with requeue."""


class ClientInbox:
    """A client on a vHost, between `open` and `close`.

    Args:
        client: its id.
        vhost: where.
        keep: makes a delivery a held one of the desk.
        told: something of it has changed.
        now: the Hub's time (aware).
        new_id: gives a UUID that nothing else has.
    """

    def __init__(
        self,
        client: str,
        vhost: str,
        *,
        keep: Callable[[ClientInbox, Inbox, ReceivedMessage], Held],
        told: Callable[[ClientInbox], None],
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        self.id = new_id().hex[:12]
        self.client = client
        self.vhost = vhost
        self.auto = False
        self.why: str | None = None
        self._keep = keep
        self._told = told
        self._now = now
        self._new_id = new_id
        self._release: Release | None = None
        self._hub_client: HubClient | None = None
        self._life = AsyncExitStack()
        self._readers: list[asyncio.Task[None]] = []

    @property
    def is_open(self) -> bool:
        """Whether it is connected, as far as is known."""
        return self._hub_client is not None

    async def open(self, endpoint: Endpoint, release: Release, supervision: Supervision) -> None:
        """Connect and consume; `release` is the vHost's model, which RC-REFs are written in.

        Raises:
            CheckFailed: the Hub refuses it.
            StartError: the Hub does not answer.
        """
        self._release = release
        try:
            hub_client = await self._life.enter_async_context(connect(endpoint, timeout=_PATIENCE))
            sources = [
                await hub_client.consume(f"{self.client}.{queue}", prefetch=PREFETCH)
                for queue in QUEUES
            ]
        except HubemuError:
            await self._life.aclose()
            raise
        self._hub_client = hub_client
        for source in sources:
            name = f"reading {source.queue} for the page"
            self._readers.append(supervision.passing(name, partial(self._read, source)))

    async def close(self, why: str | None = None) -> None:
        """Leave; what was not acknowledged goes back to its queue. Safe to call twice."""
        self.why = self.why or why
        self._hub_client = None
        for reader in self._readers:
            if reader is not asyncio.current_task():
                reader.cancel()
        self._readers.clear()
        await self._life.aclose()
        self._told(self)

    async def settle(self, held: Held, action: Action) -> None:
        """Do with a delivery what `action` says.

        Raises:
            NotWaiting: that was done before.
            CheckFailed: the connection is lost, or the Hub refuses the RC-REF.
        """
        held.require_waiting()
        if action == "acknowledge":
            await self._answer(held)
        if action in ("acknowledge", "ack"):
            held.state = "acknowledged"
            await held.source.ack(held.delivery)
        else:
            held.state = "requeued" if action == "requeue" else "refused"
            await held.source.reject(held.delivery, requeue=action == "requeue")

    async def _answer(self, held: Held) -> None:
        """The RC-REF on a message, once."""
        seen = summary_of(held.delivery.body, held.delivery.properties.content_type)
        if held.answered or seen.kind in ("Ack", "Error"):
            return
        if not seen.distribution_id or not seen.sender:
            raise CheckFailed("it says neither its id nor its sender: nobody to write to")
        if self._hub_client is None or self._release is None:
            raise CheckFailed(f"{self.client} is not connected any more: open it again")
        letter = Letter(
            sender=self.client,
            recipient=seen.sender,
            internal_id=str(self._new_id()),
            now=self._now(),
        )
        content = {"reference": {"distributionID": seen.distribution_id}}
        body = dump_json(wrap(content, self._release, letter))
        held.answered = True
        try:
            await self._hub_client.publish(
                body,
                routing_key=self.client,
                content_type=JSON,
                message_id=self._new_id().hex,
            )
        except HubemuError:
            held.answered = False
            raise

    async def _read(self, source: Inbox) -> None:
        try:
            while True:
                held = self._keep(self, source, await source.next())
                if self.auto:
                    await self._settle_by_itself(held)
        except CheckFailed as refusal:
            await self.close(str(refusal))

    async def _settle_by_itself(self, held: Held) -> None:
        try:
            await self.settle(held, "acknowledge")
        except CheckFailed:
            return  # it stays waiting, for a person to see
        finally:
            self._told(self)

    def to_json(self) -> dict[str, Any]:
        """Who it is and whether it is connected, else why not."""
        return {
            "id": self.id,
            "as": self.client,
            "vhost": self.vhost,
            "open": self.is_open,
            "auto": self.auto,
            "why": self.why,
        }
