"""A client of the Hub in a test, with awaitable methods."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from random import Random
from typing import Any, Self
from uuid import UUID, uuid4

from hubemu.client.facts import HubFacts
from hubemu.client.outgoing import address
from hubemu.documents import content_type_of, read_document, summary_of
from hubemu.edxl import CONTENT_TYPES
from hubemu.errors import InputError
from hubemu.messages import Letter, example_content, load_release, wrap
from hubemu.scenarios.acknowledging import PARIS, acknowledgement
from hubemu.scenarios.format.scenario import Actor
from hubemu.scenarios.playing.presence import Presence
from hubemu.testing.controls import Journal
from hubemu.testing.frames import TOLD
from hubemu.testing.received import Received

__all__ = ["AsyncClient"]
__tracebackhide__ = TOLD

_QUEUES = ("message", "ack", "info")


class AsyncClient:
    """One client on one vHost: a real AMQPS connection with its own certificate.

    Args:
        client: its id.
        vhost: where it connects.
        facts: the Hub.
        new_id: gives the UUIDs of its messages; by default any.
    """

    def __init__(
        self,
        client: str,
        vhost: str,
        facts: HubFacts,
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        self.id = client
        self.vhost = facts.require_vhost(vhost)
        facts.holder(client)
        self._facts = facts
        self._new_id = new_id
        self._journal = Journal(facts.control)
        self._presence = Presence(Actor(id=client), vhost, lambda: self._facts)
        self._random = Random(0)  # noqa: S311 (examples, no secrets)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Connect, with the certificate that the Hub's phase asks for.

        Raises:
            CheckFailed: the Hub refuses it.
            StartError: the Hub is not there.
        """
        self._facts = await asyncio.to_thread(_again, self._facts)
        await self._presence.connect()

    async def close(self) -> None:
        """Leave: what was not acknowledged goes back to its queue."""
        await self._presence.leave()

    async def send(
        self,
        message: dict[str, Any] | str | bytes,
        *,
        to: str | None = None,
        kind: str | None = None,
        content_type: str | None = None,
        persistent: bool = True,
    ) -> str:
        """Publish a whole message and wait for the broker's confirm; its distributionID.

        `to` replaces the recipient, `kind` the distributionKind; without `content_type` it is
        what the message looks like.

        Raises:
            CheckFailed: the broker refuses it.
            ValueError: `to` or `kind` of what is no message.
        """
        body = _bytes(message)
        declared = content_type or _looks_like(body)
        if to is not None or kind is not None:
            body = _changed(body, to, kind)
        client = await self._presence.client()
        await client.publish(
            body,
            routing_key=self.id,
            content_type=declared,
            persistent=persistent,
            message_id=self._new_id().hex,
        )
        return summary_of(body, _looks_like(body)).distribution_id or ""

    # As on the command line.
    async def example(self, type: str, to: str | None = None) -> dict[str, Any]:  # noqa: A002
        """A valid message of a type in JSON form, with an id of its own, written now.

        Without `to` it is for another of the sample clients.

        Raises:
            InputError: the vHost's model has no such type.
        """
        release = load_release(self._facts.vhosts[self.vhost])
        local = (await asyncio.to_thread(self._facts.control.clock)).astimezone(PARIS)
        content = example_content(
            type, release, seed=self._random.getrandbits(32), extent="full", now=local
        )
        letter = Letter(
            sender=self.id,
            recipient=to or _other(self.id),
            internal_id=str(self._new_id()),
            now=local,
        )
        tree: dict[str, Any] = json.loads(
            release.write_tree(wrap(content, release, letter), "json")
        )
        return tree

    async def receive(self, queue: str = "message", timeout: float = 5) -> Received:
        """The next message of a queue, not acknowledged.

        Raises:
            AssertionError: none came within `timeout` seconds; with the journal.
        """
        found = await self._presence.next(_queue(queue), lambda _: True, timeout)
        if found is None:
            told = f"nothing came on {self.id}.{queue} of {self.vhost} within {timeout:g} s"
            raise AssertionError(await self._with_journal(told))
        inbox, delivery = found
        return Received(
            body=delivery.body,
            content_type=delivery.properties.content_type,
            headers=delivery.properties.headers or {},
            queue=delivery.queue,
            delivery=(inbox, delivery),
        )

    async def report(self, code: int | None = None, timeout: float = 5) -> Received:
        """The next error report, acknowledged; of that code.

        Raises:
            AssertionError: none came, or one of another code.
        """
        received = await self.receive("info", timeout)
        await self.ack(received)
        if code is not None and received.code != code:
            told = f"expected error {code}, received {received.code}: {received.cause}"
            raise AssertionError(await self._with_journal(told))
        return received

    async def nothing(self, queue: str = "message", seconds: float = 0.5) -> None:
        """See that nothing comes on a queue.

        Raises:
            AssertionError: something came; with the journal.
        """
        found = await self._presence.next(_queue(queue), lambda _: True, seconds)
        if found is not None:
            _, delivery = found
            seen = summary_of(delivery.body, delivery.properties.content_type)
            code = f" {seen.status_code} {seen.status_string}" if seen.status_code else ""
            what = f"{seen.content or 'message'}{code} {seen.distribution_id or ''}".strip()
            told = f"expected nothing on {self.id}.{queue} of {self.vhost}, received {what}"
            raise AssertionError(await self._with_journal(told))

    async def ack(self, received: Received) -> None:
        """Tell the broker that a message is dealt with."""
        inbox, delivery = received.delivery
        await inbox.ack(delivery)

    async def reject(self, received: Received, *, requeue: bool = False) -> None:
        """Tell the broker that a message is refused: its sender is told 500."""
        inbox, delivery = received.delivery
        await inbox.reject(delivery, requeue=requeue)

    async def acknowledge(self, received: Received) -> str:
        """Send the acknowledgement of final reception (RC-REF) to the sender; its distributionID.

        In the format that the message came in. The broker is told by `ack`.

        Raises:
            ValueError: the message does not say who sent it.
        """
        now = await asyncio.to_thread(self._facts.control.clock)
        release = load_release(self._facts.vhosts[self.vhost])
        body, written = acknowledgement(
            received.summary, received.content_type, release, self.id, now, self._new_id()
        )
        return await self.send(body, content_type=written)

    async def _with_journal(self, told: str) -> str:
        journal = await asyncio.to_thread(self._journal.text)
        return f"{told}\nthe Hub's journal:\n{journal}"


def _again(facts: HubFacts) -> HubFacts:
    from hubemu.client.facts import ask_hub

    return ask_hub(facts.control)


def _bytes(message: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(message, bytes):
        return message
    if isinstance(message, str):
        return message.encode()
    return json.dumps(message, ensure_ascii=False).encode()


def _looks_like(body: bytes) -> str:
    from pathlib import PurePath

    return content_type_of(PurePath("message"), body, CONTENT_TYPES["json"])


def _changed(body: bytes, to: str | None, kind: str | None) -> bytes:
    try:
        document = read_document(body, _looks_like(body))
    except InputError as error:
        raise ValueError(f"only a whole message has a recipient and a kind: {error}") from None
    if to is not None:
        address(document, to)
    if kind is not None:
        document.replace("distributionKind", kind)
        if (message := document.message()) is not None:
            message.replace("kind", kind)
    return document.to_bytes()


def _queue(queue: str) -> str:
    if queue not in _QUEUES:
        raise ValueError(f"a client has no queue {queue!r}: use {', '.join(_QUEUES)}")
    return queue


def _other(client: str) -> str:
    return "fr.health.samuA" if client != "fr.health.samuA" else "fr.health.samuC"
