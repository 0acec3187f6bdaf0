"""Connections and channels that the broker closes, with any code and text."""

from __future__ import annotations

from hubemu.broker.core.errors import REPLY_NAMES
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.refusal import Refusal
from hubemu.broker.wire.methods import Method, method_id
from hubemu.faults.broker.place import BrokerPlace
from hubemu.faults.fault import Fault

__all__ = ["CloseChannel", "CloseConnection", "reply_text"]


def reply_text(fault: Fault) -> str:
    """What the client is told: the text asked for, or one that begins with the code's name."""
    name = REPLY_NAMES.get(fault.parameters["code"], "")
    return fault.parameters.get("text") or " - ".join(
        filter(None, (name, "closed by a fault rule"))
    )


class CloseConnection:
    """`close-connection`: in place of a method.

    One that does not count methods (`after`, `every`) strikes open connections as it begins, too:
    a client that only listens sends none.
    """

    methods = None

    def __init__(self, place: BrokerPlace) -> None:
        self._place = place

    def begin(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`."""
        counts = fault.counts or "queue" in fault.matched
        if not counts and fault.strikes(**self._place.facts(opened)):
            self._place.refuses(fault)
            opened.close(fault.parameters["code"], reply_text(fault))

    def strike(self, fault: Fault, opened: OpenConnection, channel: int, method: Method) -> None:
        """See `OnMethod`."""
        self._place.refuses(fault)
        raise Refusal(0, fault.parameters["code"], reply_text(fault))

    def end(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`: what is closed is closed."""


class CloseChannel:
    """`close-channel`: in place of a method, which the reply names."""

    methods = None

    def __init__(self, place: BrokerPlace) -> None:
        self._place = place

    def begin(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`."""

    def strike(self, fault: Fault, opened: OpenConnection, channel: int, method: Method) -> None:
        """See `OnMethod`."""
        self._place.refuses(fault)
        about = method_id(method.spec.name)
        raise Refusal(channel, fault.parameters["code"], reply_text(fault), *about)

    def end(self, fault: Fault, opened: OpenConnection) -> None:
        """See `OnMethod`: what is closed is closed."""
