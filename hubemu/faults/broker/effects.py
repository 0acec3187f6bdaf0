"""All effects of the embedded broker, by their names."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.broker.core.alarms import DISK
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.refused import Refused
from hubemu.faults.broker.blocking import BlockFaults
from hubemu.faults.broker.cancelling import CancelConsumers
from hubemu.faults.broker.closing import CloseChannel, CloseConnection
from hubemu.faults.broker.confirms import ConfirmFaults
from hubemu.faults.broker.heartbeats import Heartbeats
from hubemu.faults.broker.methods import Methods
from hubemu.faults.broker.place import BrokerEffect, BrokerPlace
from hubemu.faults.broker.placed import Placed
from hubemu.faults.broker.queues import FullQueueFaults
from hubemu.faults.broker.rights import Rights
from hubemu.faults.fault import Fault

__all__ = ["BrokerEffects"]


class BrokerEffects:
    """What the rules of the family `broker` do to one embedded broker."""

    def __init__(self, place: BrokerPlace) -> None:
        self._place = place
        methods = Methods(
            place,
            {
                "close-connection": CloseConnection(place),
                "close-channel": CloseChannel(place),
                "block": BlockFaults(),
                "disk-alarm": BlockFaults(),
                "cancel-consumers": CancelConsumers(place),
            },
        )
        confirms = ConfirmFaults(place)
        self._effects: Mapping[str, BrokerEffect] = {
            "close-connection": methods,
            "close-channel": methods,
            "block": methods,
            "disk-alarm": methods,
            "cancel-consumers": methods,
            "nack": confirms,
            "withhold-confirms": confirms,
            "stall-heartbeats": Heartbeats(place),
            "queue-full": FullQueueFaults(place),
            "deny": Rights(place),
        }

    def begin(self, fault: Fault) -> None:
        """Put a fault in force."""
        self._effects[fault.effect].begin(fault)
        if _fills_the_disk(fault):
            self._place.broker.alarms.raise_(DISK, fault.id)

    def end(self, fault: Fault) -> None:
        """Take it away: nothing of it stays."""
        if _fills_the_disk(fault):
            self._place.broker.alarms.clear(DISK, fault.id)
        self._effects[fault.effect].end(fault)
        self._place.forget(fault)

    def follow(self) -> None:
        """Other users, queues or vHosts are there: faults are where they could strike."""
        for effect in dict.fromkeys(self._effects.values()):
            if isinstance(effect, Placed):
                effect.follow()

    def struck(self, address: str) -> list[str]:
        """The ids of the faults in force that have struck the connection from an address."""
        return self._place.struck(address)

    def behind(self, refused: Refused) -> str | None:
        """The id of the fault by which something was refused just now."""
        return self._place.behind(refused.code)

    def opened(self, opened: OpenConnection) -> None:
        """A connection is open."""
        for effect in dict.fromkeys(self._effects.values()):
            effect.opened(opened)


def _fills_the_disk(fault: Fault) -> bool:
    """Whether the broker as a whole counts as out of disk, for its management API, too.

    One that leaves clients or publishes out is told to those it strikes alone.
    """
    return fault.effect == "disk-alarm" and fault.certain and not fault.matched
