"""The dispatcher beside RabbitMQ: one in this process, or several in processes of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from random import Random

from hubemu.dispatcher import VHostContext, contexts_of
from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.pool.pool import DispatcherPool
from hubemu.dispatcher.pool.worker import Assignment
from hubemu.engines.engine import DispatcherParts
from hubemu.engines.rabbitmq.places import Place, dispatcher_addresses
from hubemu.errors import StartError
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["HubDispatcher"]

_CONSUME_SECONDS = 30.0


class HubDispatcher:
    """What dispatches, and what connects it to the broker.

    Args:
        parts: what it is made of.
        place: says where the broker is now.
        supervision: keeps alive what must not end.
    """

    def __init__(
        self, parts: DispatcherParts, place: Callable[[], Place], supervision: Supervision
    ) -> None:
        number = parts.settings.dispatchers
        feed = AmqpFeed(
            dict.fromkeys(parts.contexts, (DISPATCH, DEAD_LETTERS)),
            lambda: dispatcher_addresses(place()),
            parts.journal,
            supervision,
            random=Random(f"{parts.settings.seed} links"),  # noqa: S311 - no secret
        )
        alone = Dispatcher(
            parts.contexts,
            feed,
            journal=parts.journal,
            metrics=parts.metrics,
            clock=parts.clock,
            converter=parts.converter,
            supervision=supervision,
            interposer=parts.interposer,
            tracing=parts.tracing,
            unique=parts.unique,
        )
        self.dispatcher: Dispatcher | DispatcherPool = alone
        self.feed: AmqpFeed | DispatcherPool = feed
        if number > 1:
            self.dispatcher = self.feed = _pool(alone, feed, parts, place, supervision)

    async def consumed(self) -> None:
        """Wait until it consumes on every vHost.

        Raises:
            StartError: it does not in time, with the reason.
        """
        try:
            async with asyncio.timeout(_CONSUME_SECONDS):
                await self.feed.consuming()
        except TimeoutError:
            links = self.dispatcher.health()["links"]
            vhost, reason = next(iter(links.items()), ("any vHost", "no answer in time"))
            raise StartError(f"the dispatcher cannot consume on {vhost}: {reason}") from None

    def relocate(self) -> None:
        """The broker is to be met with other certificates: tell those in other processes."""
        if isinstance(self.dispatcher, DispatcherPool):
            self.dispatcher.relocate()


def _pool(
    own: Dispatcher,
    feed: AmqpFeed,
    parts: DispatcherParts,
    place: Callable[[], Place],
    supervision: Supervision,
) -> DispatcherPool:

    def share() -> Callable[[], dict[str, VHostContext]]:
        shared = [name for name, context in parts.contexts.items() if not context.converts]
        return partial(contexts_of, parts.tables.now, parts.settings, shared)

    shared = any(not context.converts for context in parts.contexts.values())
    assignments = [
        Assignment(
            prefix=f"w{worker}.",
            contexts=share(),
            addresses=dispatcher_addresses,
            seed=f"{parts.settings.seed} links of {worker}",
            traces=parts.settings.traces,
        )
        for worker in range(parts.settings.dispatchers if shared else 0)
    ]
    return DispatcherPool(
        own,
        feed,
        assignments,
        place,
        journal=parts.journal,
        metrics=parts.metrics,
        supervision=supervision,
        share=share,
    )
