"""The exchange itself: a case shared and acknowledged, then three refusals and their reports.

On a Hub that others use too, what is not of the exchange is left where it is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import uuid4

from hubemu.address import authority
from hubemu.client.connection import Endpoint, HubClient, connect
from hubemu.client.facts import HubFacts
from hubemu.client.inbox import Inbox
from hubemu.client.received import ReceivedMessage
from hubemu.demo.telling import Teller
from hubemu.documents import Summary, summary_of
from hubemu.edxl import JSON, XML
from hubemu.errors import CheckFailed
from hubemu.keys.rsa import new_key
from hubemu.messages import Letter, load_release, wrap, wrap_text
from hubemu.pki import NewKey, open_pki
from hubemu.service import serve
from hubemu.settings import Settings

__all__ = ["play", "play_on"]

SAMU_A, SAMU_B, SAMU_C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
VHOST = "15-15_v2.0"
_RELEASE = "2.0.0"
_PATIENCE = 10.0
_FORMATS = {JSON: "JSON", XML: "XML"}
_Write = Callable[[str, str, timedelta], Letter]
"""Gives the envelope of a message: who writes it to whom, and how long ago."""


@dataclass(frozen=True, slots=True)
class _Mistake:
    """A bad message: who signs it, when it was written, how it is sent, the code it earns."""

    step: str
    code: int
    signed: str = SAMU_A
    age: timedelta = timedelta()
    persistent: bool = True


_MISTAKES = (
    _Mistake("wrong sender", 200, signed=SAMU_C),
    _Mistake("not persistent", 100, persistent=False),
    _Mistake("expired", 400, age=timedelta(days=2)),
)


async def play(settings: Settings, teller: Teller, new_key: NewKey = new_key) -> bool:
    """Start a Hub, play the exchange and tell it; whether every step was seen.

    Raises:
        StartError: the Hub cannot start.
        InputError: its settings cannot be used.
    """
    teller.open()
    async with serve(settings, new_key=new_key) as hub:
        return await _play(HubFacts.of(hub.reports.hub()), teller, hub.clock.datetime)


async def play_on(facts: HubFacts, teller: Teller, now: Callable[[], datetime]) -> bool:
    """Play the exchange on the Hub that these facts are of; whether every step was seen.

    `now` tells that Hub's time, which may have been moved.

    Raises:
        StartError: it cannot be reached.
    """
    teller.open(running=True)
    return await _play(facts, teller, now)


async def _play(facts: HubFacts, teller: Teller, now: Callable[[], datetime]) -> bool:
    failure = None
    url = f"amqps://{authority(facts.host, facts.port)}"
    teller.step("up", url=url, clients=len(facts.clients), vhosts=len(facts.vhosts))
    try:
        ends = _endpoint(facts, SAMU_A), _endpoint(facts, SAMU_B)
        await _exchange(*ends, teller, _letters(now))
    except CheckFailed as error:
        failure = error
    teller.close(failure)
    return failure is None


def _endpoint(facts: HubFacts, client: str) -> Endpoint:
    tls = open_pki(facts.certs).client_context(client, facts.identity, facts.phase)
    return Endpoint(host=facts.host, port=facts.port, vhost=VHOST, tls=tls)


async def _exchange(samu_a: Endpoint, samu_b: Endpoint, teller: Teller, write: _Write) -> None:
    async with connect(samu_a) as first, connect(samu_b) as second:
        teller.step("connected", vhost=VHOST)
        shared = await _share(first, second, teller, write)
        await _acknowledge(second, first, shared, teller, write)
        reports = await first.consume(f"{SAMU_A}.info")
        for mistake in _MISTAKES:
            await _blunder(first, reports, mistake, teller, write)


async def _share(sender: HubClient, recipient: HubClient, teller: Teller, write: _Write) -> str:
    """samuA's case reaches samuB as XML; gives its distributionID."""
    message = wrap(_case(), load_release(_RELEASE), write(SAMU_A, SAMU_B, timedelta()))
    await _publish_json(sender, message)
    teller.step("shared")
    inbox = await recipient.consume(f"{SAMU_B}.message")
    delivery = await _next(inbox, lambda seen: seen.distribution_id == message["distributionID"])
    _expect(delivery.properties.content_type, XML, "content type of samuB's copy")
    await inbox.ack(delivery)
    teller.step("received", queue=inbox.queue, format="XML", size=len(delivery.body))
    return str(message["distributionID"])


async def _acknowledge(
    sender: HubClient, recipient: HubClient, reference: str, teller: Teller, write: _Write
) -> None:
    """samuB's RC-REF reaches samuA in its preferred format."""
    content = (
        f'<reference xmlns="urn:emergency:cisu:2.0:reference">'
        f"<distributionID>{reference}</distributionID></reference>"
    )
    letter = write(SAMU_B, SAMU_A, timedelta())
    body = wrap_text(content.encode(), "xml", load_release(_RELEASE), letter, "RC-REF")
    await sender.publish(body, routing_key=SAMU_B, content_type=XML)
    teller.step("acknowledged", reference=reference)
    inbox = await recipient.consume(f"{SAMU_A}.ack")
    delivery = await _next(inbox, lambda seen: seen.reference == reference)
    content_type = delivery.properties.content_type or ""
    await inbox.ack(delivery)
    teller.step("confirmed", queue=inbox.queue, format=_FORMATS.get(content_type, content_type))


async def _blunder(
    sender: HubClient, reports: Inbox, mistake: _Mistake, teller: Teller, write: _Write
) -> None:
    """A bad message earns its error report."""
    message = wrap(_case(), load_release(_RELEASE), write(mistake.signed, SAMU_B, mistake.age))
    await _publish_json(sender, message, persistent=mistake.persistent)
    delivery = await _next(reports, lambda seen: seen.reference == message["distributionID"])
    report = summary_of(delivery.body, delivery.properties.content_type)
    _expect(report.status_code, mistake.code, "error code reported")
    await reports.ack(delivery)
    error = f"{report.status_code} {report.status_string}"
    teller.step(mistake.step, queue=reports.queue, error=error)


async def _publish_json(
    sender: HubClient, message: dict[str, Any], *, persistent: bool = True
) -> None:
    body = json.dumps(message, ensure_ascii=False).encode()
    await sender.publish(body, routing_key=SAMU_A, content_type=JSON, persistent=persistent)


async def _next(inbox: Inbox, ours: Callable[[Summary], bool]) -> ReceivedMessage:
    """The next delivery that is of the exchange; others go back to their queue at the end."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                delivery = await inbox.next()
                if ours(summary_of(delivery.body, delivery.properties.content_type)):
                    return delivery
    except TimeoutError:
        raise CheckFailed(f"nothing came on {inbox.queue} in {_PATIENCE:g} s") from None


def _expect(got: object, wanted: object, what: str) -> None:
    if got != wanted:
        raise CheckFailed(f"{what}: expected {wanted}, got {got}")


def _letters(now: Callable[[], datetime]) -> _Write:
    def write(sender: str, recipient: str, age: timedelta) -> Letter:
        internal_id = str(uuid4())
        return Letter(sender=sender, recipient=recipient, internal_id=internal_id, now=now() - age)

    return write


def _case() -> dict[str, Any]:
    """The case that is shared: an RS-EDA content of our own, of model 2.0.0."""
    text = (files("hubemu.demo") / "messages" / "rs-eda.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content
