"""The dispatcher of a broker reached over AMQP: one link a vHost, opened again when it breaks."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from hubemu.broker.core.message import Message
from hubemu.clock import Clock
from hubemu.dispatcher.amqp.address import Address, LinkError
from hubemu.dispatcher.amqp.choice import Choice
from hubemu.dispatcher.amqp.lane import AmqpLane
from hubemu.dispatcher.amqp.link import open_link
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import Converter
from hubemu.dispatcher.lane import Services
from hubemu.dispatcher.ledger import Ledger
from hubemu.dispatcher.metrics import Metrics
from hubemu.journal import Journal
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["AmqpDispatcher"]

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds before a broken link is opened again: doubled each time, with some chance in it."""


class AmqpDispatcher:
    """The dispatcher of every vHost: `start` it in a running event loop, `stop` it, start again.

    Args:
        contexts: what the checks need to know of each vHost, by name.
        addresses: tells where the broker is now, each of its nodes, and what to show it.
        journal: keeps every message judged.
        metrics: counts them.
        clock: the Hub's time.
        converter: makes CISU conversions; without one, messages that need it are refused.
        queues: which of the dispatcher's queues it consumes.
        unique: gives a UUID for each error report.
    """

    def __init__(
        self,
        contexts: Mapping[str, VHostContext],
        addresses: Callable[[], Sequence[Address]],
        *,
        journal: Journal,
        metrics: Metrics,
        clock: Clock,
        converter: Converter | None = None,
        queues: tuple[str, ...] = (DISPATCH, DEAD_LETTERS),
        unique: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self.contexts = contexts
        self._choice = Choice(addresses)
        self._journal = journal
        self._converter = converter
        services = Services(clock, converter, journal.new_id, unique)
        self._lanes = {
            name: AmqpLane(
                context, Ledger(context, journal, metrics), services, self._died(name), queues
            )
            for name, context in contexts.items()
        }
        self._keepers: list[asyncio.Task[None]] = []
        self._troubles: dict[str, str] = {}
        self._changed = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether it consumes on every vHost."""
        return bool(self._keepers) and all(lane.consuming for lane in self._lanes.values())

    def start(self) -> None:
        """Begin to consume on every vHost; `running` tells when it does."""
        if not self._keepers:
            loop = asyncio.get_running_loop()
            self._keepers = [loop.create_task(self._keep(lane)) for lane in self._lanes.values()]

    async def stop(self) -> None:
        """Consume no more; what is not settled stays in its queue. Safe to call twice."""
        keepers, self._keepers = self._keepers, []
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        if self._converter is not None:
            await self._converter.close()

    def health(self) -> dict[str, Any]:
        """Facts for the health page: `lastError` is the last fault of ours, if there was one."""
        lanes = self._lanes
        faults = [(lane.faulted_at, lane.last_fault) for lane in lanes.values() if lane.last_fault]
        return {
            "running": self.running,
            "consuming": [name for name, lane in lanes.items() if lane.consuming],
            "inFlight": sum(lane.in_flight for lane in lanes.values()),
            "lastError": max(faults)[1] if faults else None,
            "links": dict(self._troubles),
        }

    def expect(self, vhost: str, routing_key: str, body: bytes, entry_id: str) -> None:
        """The next such message on a vHost has this id in the journal."""
        self._lanes[vhost].memory.expect(routing_key, body, entry_id)

    def forwarded(self, vhost: str, sender: str, body: bytes, entry_id: str) -> None:
        """Another dispatcher sent a message of `sender` on as `body`."""
        self._lanes[vhost].memory.forwarded(sender, body, entry_id)

    def take_written(self) -> set[tuple[str, str]]:
        """The queues published to since this was last asked, as (vHost, name)."""
        taken = {(name, queue) for name, lane in self._lanes.items() for queue in lane.written}
        for lane in self._lanes.values():
            lane.written.clear()
        return taken

    async def consuming(self) -> None:
        """Wait until it consumes on every vHost."""
        while not self.running:
            self._changed.clear()
            await self._changed.wait()

    async def _keep(self, lane: AmqpLane) -> None:
        """Keep the lane of a vHost linked until this task is cancelled."""
        wait = FIRST_WAIT
        while True:
            try:
                if await self._serve(lane):
                    wait = FIRST_WAIT
            except LinkError as error:
                self._note(lane, error)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
            wait = min(wait * 2, LONGEST_WAIT)

    async def _serve(self, lane: AmqpLane) -> bool:
        address = self._choice.pick()
        try:
            link = await open_link(address, lane.name)
        except LinkError as error:
            self._avoid(address, error)
            raise
        try:
            await lane.attach(link)
            self._troubles.pop(lane.name, None)
            self._changed.set()
            reason = await link.broken()
            self._avoid(address, reason)
            self._note(lane, reason)
            return True
        finally:
            await lane.detach()
            await link.close()

    def _avoid(self, address: Address, reason: LinkError) -> None:
        """Try other nodes first, unless it is the broker that says no: they would say the same."""
        if not reason.code:
            self._choice.failed(address)

    def _note(self, lane: AmqpLane, error: LinkError) -> None:
        trouble = str(error)
        if self._troubles.get(lane.name) != trouble:
            log.warning("the dispatcher has no link to %s: %s", lane.name, trouble)
            self._troubles[lane.name] = trouble

    def _died(self, vhost: str) -> Callable[[str, str, str], None]:
        def follow(entry_id: str, queue: str, reason: str) -> None:
            message = Message("", queue, b"", token=entry_id)
            self._journal.dead_lettered(vhost, queue, message, reason)

        return follow
