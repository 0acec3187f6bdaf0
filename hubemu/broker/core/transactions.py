"""Commit and rollback of what a channel in tx mode has held back."""

from __future__ import annotations

from hubemu.broker.core.acknowledgements import Acknowledgements
from hubemu.broker.core.channel_mode import ChannelMode
from hubemu.broker.core.channel_publisher import ChannelPublisher
from hubemu.broker.core.deliveries import Deliveries
from hubemu.broker.core.errors import precondition_failed
from hubemu.broker.core.runtime import Runtime

__all__ = ["Transactions"]


class Transactions:
    """The transactions of one channel."""

    __slots__ = ("_acknowledgements", "_deliveries", "_memory_use", "_mode", "_publisher", "_store")

    def __init__(
        self,
        mode: ChannelMode,
        publisher: ChannelPublisher,
        acknowledgements: Acknowledgements,
        deliveries: Deliveries,
        runtime: Runtime,
    ) -> None:
        self._mode = mode
        self._publisher = publisher
        self._acknowledgements = acknowledgements
        self._deliveries = deliveries
        self._memory_use = runtime.memory_use
        self._store = runtime.store

    def commit(self) -> None:
        """Carry out what was held back, all of it that can be.

        Raises:
            ChannelError: 406 not in tx mode, or a queue refused a message; the rest is done.
        """
        done = self._mode.take()
        self._memory_use.count(-done.held)
        complete = True
        for publication in done.publications:
            complete = self._publisher.carry_out(publication) and complete
        if done.publications:
            self._store.hold()
        for settlement in done.settlements:
            self._acknowledgements.settle(settlement)
        self._mode.tx_select()
        self._memory_use.review()
        if not complete:
            raise precondition_failed("partial tx completion")

    def rollback(self) -> None:
        """Forget what was held back; deliveries are unacknowledged again.

        Raises:
            ChannelError: 406 not in tx mode.
        """
        done = self._mode.take()
        self._memory_use.count(-done.held)
        if done.settlements:
            self._deliveries.take_back(done.settlements)
        self._mode.tx_select()
        self._memory_use.review()
