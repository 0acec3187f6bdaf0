"""All clients that are played, and what came for them, numbered as it changes.

1. Nobody consumes unless an inbox was asked for, and not for longer than somebody looks: after
   `PATIENCE` seconds in which no one asked for changes every inbox is closed.
2. `MAX_HELD` deliveries are remembered; the oldest that are dealt with go first.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from hubemu.client.connection import Endpoint
from hubemu.client.facts import HubFacts
from hubemu.client.inbox import Inbox
from hubemu.client.received import ReceivedMessage
from hubemu.control.inboxes.held_delivery import Held
from hubemu.control.inboxes.inbox import Action, ClientInbox
from hubemu.errors import HubemuError
from hubemu.pki import open_pki

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["MAX_HELD", "PATIENCE", "PlayedInboxes", "UnknownInbox"]

PATIENCE = 120.0
MAX_HELD = 2_000


class UnknownInbox(HubemuError):
    """There is no such inbox or delivery."""


class PlayedInboxes:
    """The inboxes of a Hub's control API."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._inboxes: dict[str, ClientInbox] = {}
        self._held: dict[int, Held] = {}
        self._number = 0
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, client: str, vhost: str) -> ClientInbox:
        """The inbox of a client on a vHost: the one that is open, else a new one.

        Raises:
            CheckFailed: the Hub refuses the client.
            StartError: the Hub does not answer.
            InputError: the Hub has no such client.
        """
        self.looked()
        for inbox in self._inboxes.values():
            if inbox.is_open and (inbox.client, inbox.vhost) == (client, vhost):
                return inbox
        inbox = ClientInbox(
            client,
            vhost,
            keep=self._keep,
            told=self._told,
            now=self._now,
            new_id=partial(self._hub.ids.next, f"inbox of {client} on {vhost}"),
        )
        endpoint = await asyncio.to_thread(self._endpoint, client, vhost)
        release = self._hub.dispatcher.contexts[vhost].release
        await inbox.open(endpoint, release, self._hub.supervision)
        self._inboxes[inbox.id] = inbox
        self.tell()
        return inbox

    def get(self, inbox_id: str) -> ClientInbox:
        """One inbox.

        Raises:
            UnknownInbox: there is none of that id.
        """
        if inbox_id not in self._inboxes:
            raise UnknownInbox(f"No inbox {inbox_id!r}: it was closed, or never opened.")
        return self._inboxes[inbox_id]

    async def settle(self, inbox_id: str, number: int, action: Action) -> Held:
        """Do with a delivery what `action` says.

        Raises:
            UnknownInbox: there is no such inbox or delivery.
            NotWaiting: that was done before.
            CheckFailed: the connection is lost, or the Hub refuses the RC-REF.
        """
        inbox, held = self.get(inbox_id), self._held.get(number)
        if held is None or held.inbox_id != inbox_id:
            raise UnknownInbox(f"The inbox holds no delivery {number}.")
        try:
            await inbox.settle(held, action)
        finally:
            held.changed = self._next()
            self.tell()
        return held

    async def close(self, inbox_id: str) -> None:
        """Have a client leave.

        Raises:
            UnknownInbox: there is none of that id.
        """
        inbox = self.get(inbox_id)
        del self._inboxes[inbox_id]
        await inbox.close()
        self._forget(inbox_id)
        self.tell()

    async def close_all(self) -> None:
        """Have every client leave."""
        if self._timer is not None:
            self._timer.cancel()
        for inbox_id in tuple(self._inboxes):
            await self.close(inbox_id)

    async def changes(self, after: int, wait: float) -> dict[str, Any]:
        """Every inbox, and the deliveries that changed after that number, awaited for a while."""
        self.looked()
        if wait and self._number <= after:
            self._changed.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self.looked()
        changed = [one for one in self._held.values() if one.changed > after]
        return {
            "inboxes": [inbox.to_json() for inbox in self._inboxes.values()],
            "deliveries": [one.to_json() for one in changed],
            "next": self._number,
        }

    def tell(self) -> None:
        """Wake whoever waits for changes."""
        self._next()
        self._changed.set()

    def looked(self) -> None:
        """Somebody looks: the inboxes stay open for another while."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._nobody_looks)

    def _nobody_looks(self) -> None:
        self._hub.supervision.passing("closing the page's inboxes", self.close_all)

    def _endpoint(self, client: str, vhost: str) -> Endpoint:
        facts = HubFacts.of(self._hub.reports.hub(), None)
        pki = open_pki(facts.certs)
        tls = pki.client_context(facts.holder(client), facts.identity, facts.phase)
        return Endpoint(host=facts.host, port=facts.port, vhost=vhost, tls=tls)

    def _keep(self, inbox: ClientInbox, source: Inbox, delivery: ReceivedMessage) -> Held:
        number = self._next()
        held = Held(number, number, inbox.id, self._hub.clock.now(), delivery, source)
        self._held[number] = held
        self._make_room()
        self._changed.set()
        return held

    def _told(self, inbox: ClientInbox) -> None:
        """An inbox has changed; of one that ended the broker has back what was waiting."""
        if not inbox.is_open:
            for held in self._held.values():
                if held.inbox_id == inbox.id and held.state == "waiting":
                    held.state, held.changed = "returned", self._next()
        self.tell()

    def _make_room(self) -> None:
        if len(self._held) <= MAX_HELD:
            return
        oldest = (n for n, one in self._held.items() if one.state != "waiting")
        del self._held[next(oldest, next(iter(self._held)))]

    def _forget(self, inbox_id: str) -> None:
        self._held = {n: one for n, one in self._held.items() if one.inbox_id != inbox_id}

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _now(self) -> datetime:
        return self._hub.clock.datetime()
