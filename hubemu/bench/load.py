"""Load on a Hub from two clients: one publishes with confirms, one consumes and acknowledges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from hubemu.amqp.address import Address, LinkError
from hubemu.amqp.link import Incoming, Link, open_link
from hubemu.broker.wire.properties import encode_properties
from hubemu.client.facts import HubFacts
from hubemu.confirmation import Confirmation
from hubemu.edxl import CONTENT_TYPES, Format
from hubemu.errors import CheckFailed, StartError
from hubemu.pki import open_pki
from hubemu.properties import PERSISTENT, Properties
from hubemu.topology import HUB_EXCHANGE

__all__ = ["Load", "Measured", "measure"]

_PREFETCH = 200
_SILENCE = 30.0
"""Seconds without a message after which no more is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent: `count` times `body`, `window` unconfirmed at most, or `rate` a second.

    `client` sends it in the form `sent`, on `vhost`, and something of each comes to `queue`, which
    is of `reader`.
    """

    vhost: str
    client: str
    reader: str
    queue: str
    body: bytes
    count: int
    sent: Format = "json"
    window: int = 100
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Routed messages a second; seconds from publish to delivery of the median and of 99 in 100."""

    messages: int
    per_second: float
    p50: float
    p99: float

    def to_json(self) -> dict[str, Any]:
        """With latencies in milliseconds."""
        return {
            "messages": self.messages,
            "perSecond": round(self.per_second),
            "p50": round(self.p50 * 1000, 2),
            "p99": round(self.p99 * 1000, 2),
        }


async def measure(facts: HubFacts, load: Load) -> Measured:
    """Send the load through a Hub and wait until all of it was delivered.

    Raises:
        StartError: the Hub cannot be reached, or a connection breaks.
        CheckFailed: a message was refused, or did not arrive.
    """
    try:
        return await _measured(facts, load)
    except LinkError as error:
        raise StartError(f"the load: {error}") from None


async def _measured(facts: HubFacts, load: Load) -> Measured:
    recipient = await _connected(facts, load.reader, load.vhost)
    try:
        sender = await _connected(facts, load.client, load.vhost)
        try:
            return await _Run(load, sender, recipient).play()
        finally:
            await sender.close()
    finally:
        await recipient.close()


async def _connected(facts: HubFacts, client: str, vhost: str) -> Link:
    pki = open_pki(facts.certs)
    tls = pki.client_context(facts.holder(client), facts.identity, facts.phase)
    return await open_link(Address(facts.host, facts.port, tls), vhost)


class _Run:
    def __init__(self, load: Load, sender: Link, recipient: Link) -> None:
        self._load = load
        self._sender = sender
        self._recipient = recipient
        self._header = encode_properties(
            Properties(content_type=CONTENT_TYPES[load.sent], delivery_mode=PERSISTENT)
        )
        self._sent: list[float] = []
        self._took: list[float] = []
        self._unconfirmed = 0
        self._refused = 0
        self._news = asyncio.Event()
        for link in (sender, recipient):
            link.closed.add_done_callback(lambda _: self._news.set())

    async def play(self) -> Measured:
        load = self._load
        await self._recipient.consume(load.queue, self._take, prefetch=_PREFETCH)
        started = perf_counter()
        if load.rate is None:
            await self._as_fast_as_confirmed()
        else:
            await self._at_rate(load.rate, started)
        await self._until(lambda: len(self._took) >= load.count or self._refused > 0)
        seconds = perf_counter() - started
        took = sorted(self._took)
        return Measured(load.count, load.count / seconds, _share(took, 0.5), _share(took, 0.99))

    def _publish(self) -> None:
        load = self._load
        self._sent.append(perf_counter())
        self._unconfirmed += 1
        self._sender.publish(
            HUB_EXCHANGE,
            load.client,
            load.body,
            self._header,
            mandatory=False,
            settled=self._settled,
        )

    def _settled(self, confirmation: Confirmation) -> None:
        self._unconfirmed -= 1
        if confirmation is not Confirmation.ACCEPTED:
            self._refused += 1
        self._news.set()

    def _take(self, incoming: Incoming) -> None:
        if incoming.redelivered:
            # Of an earlier run: RabbitMQ loses acknowledgements for a quorum queue that have not
            # reached it yet when their channel ends.
            self._recipient.ack(incoming.tag)
            return
        # One sender, one queue, one consumer: they come in the order in which they went.
        self._took.append(perf_counter() - self._sent[len(self._took)])
        self._recipient.ack(incoming.tag)
        self._news.set()

    async def _as_fast_as_confirmed(self) -> None:
        while len(self._sent) < self._load.count:
            await self._until(lambda: self._unconfirmed < self._load.window)
            room = min(self._load.window - self._unconfirmed, self._load.count - len(self._sent))
            for _ in range(room):
                self._publish()

    async def _at_rate(self, rate: int, started: float) -> None:
        while len(self._sent) < self._load.count:
            due = min(self._load.count, int((perf_counter() - started) * rate) + 1)
            self._raise_if_gone()
            for _ in range(due - len(self._sent)):
                self._publish()
            await asyncio.sleep(max(0.0, started + len(self._sent) / rate - perf_counter()))

    def _raise_if_gone(self) -> None:
        for link in (self._sender, self._recipient):
            if link.closed.done():
                raise link.closed.result()

    async def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            self._raise_if_gone()
            self._news.clear()
            try:
                async with asyncio.timeout(_SILENCE):
                    await self._news.wait()
            except TimeoutError:
                arrived = f"{len(self._took)} of {len(self._sent)} messages arrived"
                raise CheckFailed(f"{arrived}, then nothing more for {_SILENCE:g} s") from None
        if self._refused:
            raise CheckFailed(f"the broker did not accept {self._refused} messages")


def _share(ordered: list[float], share: float) -> float:
    return ordered[int(share * (len(ordered) - 1))]
