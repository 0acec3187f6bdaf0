"""Publishers that have to wait: told so at a publish, and not read from there on."""

from __future__ import annotations

from hubemu.broker.core.alarms import DISK
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.wire.methods import Method
from hubemu.faults.fault import Fault

__all__ = ["BlockFaults"]


class BlockFaults:
    """`block`, with the reason asked for, and `disk-alarm`, with RabbitMQ's."""

    methods = frozenset({"basic.publish"})

    def begin(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`: the client is told at a publish."""

    def strike(self, fault: Fault, opened: OpenConnection, channel: int, method: Method) -> None:
        """See `OnMethod`: the message that comes is not taken before it ends."""
        opened.block(_reason(fault), fault.id)

    def end(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`: the client may publish again."""
        opened.unblock(_reason(fault), fault.id)


def _reason(fault: Fault) -> str:
    return DISK if fault.effect == "disk-alarm" else str(fault.parameters["reason"])
