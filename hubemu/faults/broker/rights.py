"""Rights that are taken away for a time; the event is a use of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hubemu.broker.core.users import Operation
from hubemu.faults.broker.placed import Placed
from hubemu.faults.fault import Fault

__all__ = ["Rights"]

_Spot = tuple[str, str]
"""A user and a vHost."""


class Rights(Placed[_Spot]):
    """`deny`; who consumes already goes on, as after a change of permissions."""

    def spots(self, fault: Fault) -> Iterator[_Spot]:
        """See `Placed`."""
        for user in self.place.users.keys() & self.place.broker.users.keys():
            for vhost in self.place.broker.users[user].access:
                if fault.meets(client=self.place.client(user), vhost=vhost):
                    yield user, vhost

    def put(self, spot: _Spot, faults: Sequence[Fault]) -> None:
        """See `Placed`."""
        user, vhost = spot
        client = self.place.client(user)

        def denied(operation: Operation, kind: str, name: str) -> bool:
            queue = name if kind == "queue" else None
            for fault in faults:
                meant = fault.parameters["right"] == operation
                if meant and fault.strikes(client=client, vhost=vhost, queue=queue):
                    self.place.refuses(fault)
                    return True
            return False

        self.place.broker.deny(user, vhost, denied)

    def take_away(self, spot: _Spot) -> None:
        """See `Placed`."""
        self.place.broker.deny(*spot, None)
