"""A broker reached over AMQP: one link a vHost, opened again when it breaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from hubemu.amqp.address import Address, LinkError
from hubemu.amqp.link import Link, open_link
from hubemu.amqp.node_choice import NodeChoice
from hubemu.broker.core.message import Message
from hubemu.dispatcher.amqp.outlet import PREFETCH, AmqpOutlet, Followed
from hubemu.dispatcher.vhost_dispatcher import VHostDispatcher
from hubemu.journal.journal import Journal
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["AmqpFeed"]

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds before a broken link is opened again: doubled each time, with some chance in it."""
_DRAIN_SECONDS = 5.0
_LOOK_SECONDS = 0.005
"""How long what was taken may be on its way, and how often is looked whether it still is."""


@dataclass(slots=True)
class _Linked:
    """A link that is up, and the queues that are consumed by it."""

    link: Link
    dispatcher: VHostDispatcher
    consumed: set[str] = field(default_factory=set)


class AmqpFeed:
    """Every vHost of a broker at some addresses (see `Feed`).

    Args:
        queues: of each vHost, which of the dispatcher's queues are consumed; set anew before the
            start, by `consume_from` at any time. Of a vHost that comes later (`add`) and is not
            named there, both are.
        addresses: tells where the broker is now, each of its nodes, and what to show it.
        journal: is told of dead letters.
        supervision: keeps the links' keepers alive.
        random: draws the node of a link, and some chance in how long one waits for it.
    """

    def __init__(
        self,
        queues: Mapping[str, Sequence[str]],
        addresses: Callable[[], Sequence[Address]],
        journal: Journal,
        supervision: Supervision,
        *,
        random: Random,
    ) -> None:
        self._nodes = NodeChoice(addresses, random)
        self._random = random
        self._journal = journal
        self._supervision = supervision
        self.queues = queues
        self._followed: dict[str, Followed] = {}
        self._linked: dict[str, _Linked] = {}
        self._attaching: dict[str, asyncio.Lock] = {}
        for name in queues:
            self._expect_links_to(name)
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._troubles: dict[str, str] = {}
        self._changed = asyncio.Event()

    @property
    def running(self) -> bool:
        """See `Feed`."""
        return bool(self._keepers) and len(self._linked) == len(self._followed)

    def start(self, vhosts: Mapping[str, VHostDispatcher]) -> None:
        """See `Feed`; `running` tells when every link is up."""
        if not self._keepers:
            self._keepers = {name: self._keeper(one) for name, one in vhosts.items()}

    def add(self, dispatcher: VHostDispatcher) -> None:
        """See `Feed`; `running` tells when its link is up, too."""
        name = dispatcher.name
        self.queues = {name: (DISPATCH, DEAD_LETTERS), **self.queues}
        self._expect_links_to(name)
        if self._keepers:
            self._keepers[name] = self._keeper(dispatcher)

    async def remove(self, vhost: str) -> None:
        """See `Feed`."""
        if (keeper := self._keepers.pop(vhost, None)) is not None:
            await _ended([keeper])
        del self._followed[vhost], self._attaching[vhost]
        self._troubles.pop(vhost, None)
        self._changed.set()

    async def stop(self) -> None:
        """See `Feed`."""
        keepers, self._keepers = self._keepers, {}
        await _ended(keepers.values())

    def _expect_links_to(self, vhost: str) -> None:
        self._followed[vhost] = Followed(partial(self._died, vhost))
        self._attaching[vhost] = asyncio.Lock()

    def _keeper(self, dispatcher: VHostDispatcher) -> asyncio.Task[None]:
        named = f"dispatcher's link to {dispatcher.name}"
        return self._supervision.keep(named, partial(self._keep, dispatcher))

    async def consume_from(self, queues: Mapping[str, Sequence[str]]) -> None:
        """Consume these queues from now on, by the links that are open and by those to come.

        When this returns, all that was taken of a queue that is left is settled: a link that does
        not come to that in a while is broken off, and what was taken comes again.
        """
        self.queues = queues
        await asyncio.gather(*map(self._change, self._linked))

    async def _change(self, vhost: str) -> None:
        async with self._attaching[vhost]:
            linked = self._linked.get(vhost)
            if linked is None:
                return
            try:
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await self._leave(linked)
                    await self._consume(linked)
            except TimeoutError:
                linked.link.abandon("what was taken cannot be settled")
            except LinkError:
                return  # whoever keeps the link opens another one, for what is wanted by then

    async def _leave(self, linked: _Linked) -> None:
        """Take nothing more of what is not wanted, and wait until it is settled."""
        left = linked.consumed - set(self.queues[linked.dispatcher.name])
        for queue in left:
            await linked.link.end_consuming(queue)
        linked.consumed -= left
        while left and linked.dispatcher.in_flight and not linked.link.closed.done():
            await asyncio.sleep(_LOOK_SECONDS)

    async def _consume(self, linked: _Linked) -> None:
        """Take what is wanted and was not taken yet (LinkError: the broker refuses)."""
        dispatcher = linked.dispatcher
        for queue in self.queues[dispatcher.name]:
            if queue not in linked.consumed:
                take = partial(dispatcher.take, queue)
                await linked.link.consume(queue, take, prefetch=PREFETCH)
                linked.consumed.add(queue)

    def health(self) -> dict[str, Any]:
        """See `Feed`: what keeps links from being up."""
        return {"links": dict(self._troubles)}

    def expect(self, vhost: str, routing_key: str, body: bytes, entry_id: str) -> None:
        """The next such message on a vHost has this id in the journal."""
        self._followed[vhost].recognition.expect(routing_key, body, entry_id)

    def forwarded(self, vhost: str, sender: str, body: bytes, entry_id: str) -> None:
        """Another dispatcher sent a message of `sender` on as `body`."""
        self._followed[vhost].recognition.forwarded(sender, body, entry_id)

    def take_written(self) -> set[tuple[str, str]]:
        """The queues published to since this was last asked, as (vHost, name)."""
        followed = self._followed.items()
        taken = {(name, queue) for name, one in followed for queue in one.written}
        for _, one in followed:
            one.written.clear()
        return taken

    async def consuming(self) -> None:
        """Wait until every link is up."""
        while not self.running:
            self._changed.clear()
            await self._changed.wait()

    async def _keep(self, dispatcher: VHostDispatcher) -> None:
        """Keep a vHost linked until this task is cancelled."""
        wait = FIRST_WAIT
        while True:
            try:
                if await self._serve(dispatcher):
                    wait = FIRST_WAIT
            except LinkError as error:
                self._note(dispatcher.name, error)
            await asyncio.sleep(wait * self._random.uniform(0.5, 1.0))
            wait = min(wait * 2, LONGEST_WAIT)

    async def _serve(self, dispatcher: VHostDispatcher) -> bool:
        address = self._nodes.pick()
        try:
            link = await open_link(address, dispatcher.name)
        except LinkError as error:
            self._avoid(address, error)
            raise
        try:
            async with self._attaching[dispatcher.name]:
                self._linked[dispatcher.name] = await self.attach(link, dispatcher)
            self._troubles.pop(dispatcher.name, None)
            self._changed.set()
            reason = await link.broken()
            self._avoid(address, reason)
            self._note(dispatcher.name, reason)
            return True
        finally:
            self._linked.pop(dispatcher.name, None)
            await dispatcher.detach()
            await link.close()

    async def attach(self, link: Link, dispatcher: VHostDispatcher) -> _Linked:
        """Have a vHost's dispatcher consume through a link.

        Raises:
            LinkError: the broker refuses.
        """
        dispatcher.attach(AmqpOutlet(link, dispatcher, self._followed[dispatcher.name]))
        linked = _Linked(link, dispatcher)
        await self._consume(linked)
        return linked

    def _avoid(self, address: Address, reason: LinkError) -> None:
        """Try other nodes first, unless it is the broker that says no: they would say the same."""
        if not reason.code:
            self._nodes.failed(address)

    def _note(self, vhost: str, error: LinkError) -> None:
        trouble = str(error)
        if self._troubles.get(vhost) != trouble:
            log.warning("the dispatcher has no link to %s: %s", vhost, trouble)
            self._troubles[vhost] = trouble

    def _died(self, vhost: str, entry_id: str, queue: str, reason: str) -> None:
        message = Message("", queue, b"", token=entry_id)
        self._journal.dead_lettered(vhost, queue, message, reason)


async def _ended(keepers: Iterable[asyncio.Task[None]]) -> None:
    """Wait until links are given up."""
    given_up = list(keepers)
    for keeper in given_up:
        keeper.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
