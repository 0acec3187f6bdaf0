"""What strikes the methods of a client: closes, blocks, cancelled consumers.

Each connection that a fault could strike is watched, and no other: a watched one is read frame by
frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Protocol

from hubemu.broker.core import Channel, Message
from hubemu.broker.core.errors import BrokerError
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.wire.methods import Method
from hubemu.broker.wire.properties import NO_PROPERTIES
from hubemu.faults.broker.place import BrokerPlace
from hubemu.faults.fault import Fault

__all__ = ["Methods", "OnMethod", "queues_of"]


class OnMethod(Protocol):
    """One effect on methods."""

    @property
    def methods(self) -> frozenset[str] | None:
        """The methods that are events to it; `None`: all on a channel."""

    def begin(self, fault: Fault, opened: OpenConnection) -> None:
        """A fault is in force that could strike this open connection."""

    def strike(self, fault: Fault, opened: OpenConnection, channel: int, method: Method) -> None:
        """It strikes a method that came and has not done anything yet (Refusal: instead of it)."""

    def end(self, fault: Fault, opened: OpenConnection) -> None:
        """It is over for this connection."""


class Methods:
    """All effects on methods: the one watcher of each connection.

    Args:
        effects: by their names.
    """

    def __init__(self, place: BrokerPlace, effects: dict[str, OnMethod]) -> None:
        self._place = place
        self._effects = effects
        self._faults: list[Fault] = []

    def begin(self, fault: Fault) -> None:
        """See `Effect`."""
        self._faults.append(fault)
        for opened in self._place.connections(fault):
            self._watch(opened)
            self._effects[fault.effect].begin(fault, opened)

    def end(self, fault: Fault) -> None:
        """See `Effect`."""
        self._faults.remove(fault)
        for opened in self._place.server.open_connections():
            self._watch(opened)
            self._effects[fault.effect].end(fault, opened)

    def opened(self, opened: OpenConnection) -> None:
        """See `Effect`."""
        if self._faults:
            self._watch(opened)

    def _watch(self, opened: OpenConnection) -> None:
        """Have a connection watched for the faults that could strike it; if none could, not."""
        faults = [one for one in self._faults if self._place.concerns(one, opened)]
        watcher = partial(self._came, opened, faults) if faults else None
        opened.connection.watch(watcher)

    def _came(
        self, opened: OpenConnection, faults: Iterable[Fault], channel: int, method: Method
    ) -> None:
        name = method.spec.name
        for fault in faults:
            effect = self._effects[fault.effect]
            if effect.methods is not None and name not in effect.methods:
                continue
            if self._strikes(fault, opened, channel, method):
                self._place.note(fault, opened.info.peer)
                effect.strike(fault, opened, channel, method)

    def _strikes(self, fault: Fault, opened: OpenConnection, channel: int, method: Method) -> bool:
        facts = self._place.facts(opened)
        if "queue" not in fault.matched:
            return fault.strikes(**facts)
        core = opened.channel(channel)
        names = queues_of(core, method) if core is not None else ()
        queue = next((name for name in names if fault.meets(queue=name)), None)
        return queue is not None and fault.strikes(**facts, queue=queue)


def queues_of(channel: Channel, method: Method) -> Iterable[str]:
    """The queues that a method is about; none for most."""
    kind, _, name = method.spec.name.partition(".")
    fields = method.fields
    if name == "publish":
        return _published_to(channel, fields["exchange"], fields["routing_key"])
    if kind == "queue" or name in ("consume", "get"):
        return _named(channel, fields.get("queue", ""))
    if kind == "basic" and "delivery_tag" in fields:
        queued = channel.deliveries.unacked.get(fields["delivery_tag"])
        return [queued.queue.name] if queued is not None else []
    if name == "cancel":
        consumer = channel.consumers.by_tag.get(fields["consumer_tag"])
        return [consumer.queue.name] if consumer is not None else []
    return []


def _named(channel: Channel, queue: str) -> Iterable[str]:
    last = channel.publisher.context.last_queue
    name = queue or last
    return [name] if name else []


def _published_to(channel: Channel, exchange: str, key: str) -> Iterable[str]:
    vhost = channel.vhost
    try:
        source = vhost.exchange(exchange)
    except BrokerError:
        return []
    routed = vhost.router.route(source, Message(exchange, key, b"", NO_PROPERTIES))
    return [queue.name for queue in routed]
