"""Load on a Hub from two clients: one publishes with confirms, one consumes and acknowledges."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from hubemu.amqp.address import Address, LinkError
from hubemu.amqp.link import Incoming, Link, open_link
from hubemu.bench.publishing import Load, LoadSender, Progress
from hubemu.client.facts import HubFacts
from hubemu.errors import StartError
from hubemu.pki import open_pki

__all__ = ["Measured", "both_ends", "connected", "measure"]

_PREFETCH = 200


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
    async with both_ends(facts, load) as (sender, reader):
        return await _Run(load, sender, reader).play()


@asynccontextmanager
async def both_ends(facts: HubFacts, load: Load) -> AsyncIterator[tuple[Link, Link]]:
    """A link of who sends the load and one of who reads what comes of it.

    Raises:
        StartError: the Hub cannot be reached, or a link breaks while they are used.
    """
    try:
        reader = await connected(facts, load.reader, load.vhost)
        try:
            sender = await connected(facts, load.client, load.vhost)
            try:
                yield sender, reader
            finally:
                await sender.close()
        finally:
            await reader.close()
    except LinkError as error:
        raise StartError(f"the load: {error}") from None


async def connected(facts: HubFacts, client: str, vhost: str) -> Link:
    """A link of a client.

    Raises:
        LinkError: it is refused.
    """
    pki = open_pki(facts.certs)
    tls = pki.client_context(facts.holder(client), facts.identity, facts.phase)
    return await open_link(Address(facts.host, facts.port, tls), vhost)


class _Run:
    def __init__(self, load: Load, sender: Link, reader: Link) -> None:
        self._load = load
        self._reader = reader
        self._progress = Progress(sender, reader)
        self._sender = LoadSender(load, sender, self._progress)
        self._took: list[float] = []

    async def play(self) -> Measured:
        load, sender = self._load, self._sender
        await self._reader.consume(load.queue, self._take, prefetch=_PREFETCH)
        started = perf_counter()
        if load.rate is None:
            await sender.as_fast_as_confirmed(load.count)
        else:
            await sender.at_rate(load.rate)
        await self._progress.until(self._is_over, self._so_far)
        sender.require_accepted()
        seconds = perf_counter() - started
        took = sorted(self._took)
        return Measured(load.count, load.count / seconds, _share(took, 0.5), _share(took, 0.99))

    def _take(self, incoming: Incoming) -> None:
        self._reader.ack(incoming.tag)
        if incoming.redelivered:
            # Of an earlier run: RabbitMQ loses acknowledgements for a quorum queue that have not
            # reached it yet when their channel ends.
            return
        # One sender, one queue, one consumer: they come in the order in which they went.
        self._took.append(perf_counter() - self._sender.sent[len(self._took)])
        self._progress.news()

    def _is_over(self) -> bool:
        return len(self._took) >= self._load.count or self._sender.refused > 0

    def _so_far(self) -> str:
        return f"{len(self._took)} of {len(self._sender.sent)} messages arrived"


def _share(ordered: list[float], share: float) -> float:
    return ordered[int(share * (len(ordered) - 1))]
