"""An actor at the Hub: its connection, what it consumes, what has come and is not yet looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from hubemu.client.connection import Endpoint, HubClient, connect
from hubemu.client.facts import HubFacts
from hubemu.client.inbox import Inbox
from hubemu.client.received import ReceivedMessage
from hubemu.scenarios.format.scenario import Actor
from hubemu.scenarios.playing.credentials import Credentials

__all__ = ["Presence"]

_OF_TODAY = Credentials()

Wanted = Callable[[ReceivedMessage], bool]


class Presence:
    """One actor on one vHost, connected when it first has something to do.

    Args:
        actor: who it is.
        vhost: where.
        facts: the Hub as it stands when it connects.
    """

    def __init__(self, actor: Actor, vhost: str, facts: Callable[[], HubFacts]) -> None:
        self.actor = actor
        self.vhost = vhost
        self.kept: list[tuple[Inbox, ReceivedMessage]] = []
        self.last: ReceivedMessage | None = None
        self._facts = facts
        self._client: HubClient | None = None
        self._life = AsyncExitStack()
        self._inboxes: dict[str, Inbox] = {}
        self._came: dict[str, list[ReceivedMessage]] = {}

    @property
    def id(self) -> str:
        """Its client id."""
        return self.actor.id

    async def connect(self, credentials: Credentials = _OF_TODAY) -> None:
        """Connect anew.

        Raises:
            CheckFailed: the Hub refuses it.
            StartError: the Hub is not there.
        """
        await self.leave()
        facts = self._facts()
        shown = credentials.certificate or self.actor.certificate
        tls = replace(credentials, certificate=shown).context(facts, self.id)
        endpoint = Endpoint(host=facts.host, port=facts.port, vhost=self.vhost, tls=tls)
        self._client = await self._life.enter_async_context(connect(endpoint))

    async def client(self) -> HubClient:
        """Its connection, made if there is none."""
        if self._client is None:
            await self.connect()
        if self._client is None:
            raise RuntimeError("connecting gives a client or raises")
        return self._client

    async def leave(self) -> None:
        """Close the connection: what is not acknowledged goes back to its queue."""
        self._client = None
        self._inboxes.clear()
        self._came.clear()
        self.kept.clear()
        life, self._life = self._life, AsyncExitStack()
        await life.aclose()

    async def next(
        self, queue: str, wanted: Wanted, within: float | None
    ) -> tuple[Inbox, ReceivedMessage] | None:
        """The next delivery of a queue that is wanted, awaited; `None` when none came in time
        (`within` seconds, for ever if that is `None`).

        Others are kept for later.

        Raises:
            CheckFailed: the queue cannot be consumed, or not any more.
        """
        inbox = await self._inbox(queue)
        came = self._came.setdefault(queue, [])
        for delivery in came:
            if wanted(delivery):
                came.remove(delivery)
                return inbox, delivery
        try:
            async with asyncio.timeout(within):
                while True:
                    delivery = await inbox.next()
                    if wanted(delivery):
                        return inbox, delivery
                    came.append(delivery)
        except TimeoutError:
            return None

    async def _inbox(self, queue: str) -> Inbox:
        if queue not in self._inboxes:
            self._inboxes[queue] = await (await self.client()).consume(f"{self.id}.{queue}")
        return self._inboxes[queue]
