"""Consumers that the broker cancels, as if their queues were gone."""

from __future__ import annotations

import asyncio

from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.wire.methods import Method
from hubemu.faults.broker.place import BrokerPlace
from hubemu.faults.fault import Fault

__all__ = ["CancelConsumers"]


class CancelConsumers:
    """`cancel-consumers`: those there are as it begins, and each that comes."""

    methods = frozenset({"basic.consume"})

    def __init__(self, place: BrokerPlace) -> None:
        self._place = place

    def begin(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`."""
        facts = self._place.facts(opened)
        for channel in opened.info.open_channels:
            struck = [
                tag
                for tag, consumer in channel.core.consumers.by_tag.items()
                if fault.strikes(**facts, queue=consumer.queue.name)
            ]
            if struck:
                self._place.note(fault, opened.info.peer)
                opened.cancel_consumers(channel.number, struck)

    def strike(self, fault: Fault, opened: OpenConnection, channel: int, method: Method) -> None:
        """See `OnMethod`: the client first hears that it consumes."""
        core = opened.channel(channel)
        before = frozenset(core.consumers.by_tag) if core is not None else frozenset()
        asyncio.get_running_loop().call_soon(self._cancel, opened, channel, method, before)

    def end(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`: the client has to consume again."""

    def _cancel(
        self, opened: OpenConnection, channel: int, method: Method, before: frozenset[str]
    ) -> None:
        core = opened.channel(channel)
        if core is None:
            return
        asked = method.fields["consumer_tag"]
        new = [asked] if asked else [tag for tag in core.consumers.by_tag if tag not in before]
        if new:
            opened.cancel_consumers(channel, new[:1])
