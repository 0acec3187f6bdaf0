"""The broker in this process as outlet: it answers at once, and store and queues see one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hubemu.confirmation import Confirmation
from hubemu.dispatcher.delivery import Delivery, Publication
from hubemu.dispatcher.outlet import Later, Origin
from hubemu.dispatcher.vhost_dispatcher import VHostDispatcher
from hubemu.journal.entry import ReportToken
from hubemu.topology import DEAD_LETTERS, DISPATCH, DISTRIBUTION

if TYPE_CHECKING:
    from hubemu.broker.core import Broker, LocalConsumer, LocalDelivery, VirtualHost

__all__ = ["EmbeddedFeed", "EmbeddedOutlet"]

PREFETCH = 250
"""Deliveries held per queue; the rest waits in the broker."""


class EmbeddedOutlet:
    """One vHost of a broker in this process (see `Outlet`).

    Args:
        vhost: where it consumes and publishes.
        dispatcher: gets what comes.
    """

    def __init__(self, vhost: VirtualHost, dispatcher: VHostDispatcher) -> None:
        self._vhost = vhost
        self._name = dispatcher.name
        self._now = dispatcher.now
        self._new_id: Callable[[], str] = dispatcher.services.new_id
        self._consumers: dict[str, LocalConsumer] = {}
        for queue in (DISPATCH, DEAD_LETTERS):
            take = partial(dispatcher.take, queue)
            self._consumers[queue] = vhost.subscribe(queue, take, prefetch=PREFETCH)

    def close(self) -> None:
        """Consume no more; what is not settled goes back to its queue."""
        for consumer in self._consumers.values():
            consumer.cancel()

    def read(self, queue: str, taken: LocalDelivery) -> Delivery:
        """See `Outlet`: publications and settlement are one step, so nothing is made twice."""
        message = taken.message
        token = message.token
        if isinstance(token, ReportToken):
            entry_id = token.entry_id
        else:
            entry_id = token if isinstance(token, str) else self._new_id()
        return Delivery(
            entry_id,
            self._name,
            message.routing_key,
            message.body,
            message.header,
            taken.redelivered,
            self._now(),
        )

    def second_copy(self, publication: Publication) -> Publication:
        """See `Outlet`: there is none."""
        return publication

    def publish(self, publication: Publication, of: Origin, later: Later) -> Confirmation:
        """See `Outlet`."""
        accepted = self._vhost.publish(
            DISTRIBUTION,
            publication.routing_key,
            publication.body,
            publication.header,
            mandatory=publication.mandatory,
            token=of if isinstance(of, ReportToken) else of.id,
        )
        return Confirmation.ACCEPTED if accepted else Confirmation.RETURNED

    def ack(self, queue: str, taken: LocalDelivery) -> None:
        """See `Outlet`."""
        self._consumers[queue].ack(taken)

    def drop(self, queue: str, taken: LocalDelivery) -> None:
        """See `Outlet`."""
        self._consumers[queue].reject(taken, requeue=False)

    def put_back(self, queue: str, taken: LocalDelivery, delivery: Delivery) -> None:
        """See `Outlet`."""
        self._consumers[queue].reject(taken, requeue=True)

    def hold(self, queue: str, count: int) -> None:
        """See `Outlet`."""
        self._consumers[queue].widen(PREFETCH + count)

    def comes_again(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """See `Outlet`: the message keeps its id, and nothing of it was published."""


class EmbeddedFeed:
    """Every vHost of a broker in this process."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._outlets: dict[str, EmbeddedOutlet] = {}
        self._fed: dict[str, VHostDispatcher] = {}

    @property
    def running(self) -> bool:
        """See `Feed`."""
        return bool(self._outlets)

    def start(self, vhosts: Mapping[str, VHostDispatcher]) -> None:
        """See `Feed`."""
        if self._outlets:
            return
        self._fed = dict(vhosts)
        for dispatcher in self._fed.values():
            self._open(dispatcher)

    def add(self, dispatcher: VHostDispatcher) -> None:
        """See `Feed`."""
        self._fed[dispatcher.name] = dispatcher
        if self._outlets:
            self._open(dispatcher)

    async def remove(self, vhost: str) -> None:
        """See `Feed`."""
        if (outlet := self._outlets.pop(vhost, None)) is not None:
            outlet.close()
        if (dispatcher := self._fed.pop(vhost, None)) is not None:
            await dispatcher.detach()

    async def stop(self) -> None:
        """See `Feed`."""
        outlets, self._outlets = self._outlets, {}
        for outlet in outlets.values():
            outlet.close()
        for dispatcher in self._fed.values():
            await dispatcher.detach()

    def health(self) -> dict[str, Any]:
        """See `Feed`."""
        return {}

    def _open(self, dispatcher: VHostDispatcher) -> None:
        outlet = EmbeddedOutlet(self._broker.vhosts[dispatcher.name], dispatcher)
        self._outlets[dispatcher.name] = outlet
        dispatcher.attach(outlet)
