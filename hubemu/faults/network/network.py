"""Faults on connections, open and new, by whatever is known of their clients so far.

Rules:
1. A fault strikes a new connection as soon as all that it matches on is known: at once, after TLS
   (`client`), or when it is open (`vhost`).
2. Each fault is put at a connection once; on data it asks about each portion that comes, which is
   one of the so many-th connection of its client, in its direction: no other has a part in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from weakref import WeakKeyDictionary

from hubemu.broker.client_socket import ClientSocket
from hubemu.faults.fault import Fault, Luck
from hubemu.faults.network.bad_line import line_of
from hubemu.faults.network.effects import ON_DATA, Site, stages
from hubemu.faults.network.stage import Stage, Timers

__all__ = ["Facts", "Network", "Party"]

Facts = Mapping[str, str | None]
"""What is known of a client: `client`, `vhost`; what is not there is not known yet."""
Party = tuple[ClientSocket, Facts]
_Stages = tuple[Stage | None, Stage | None]


class Network:
    """What the rules of the family `network` do to connections.

    Args:
        timers: the network's time.
    """

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._faults: list[Fault] = []
        self._lines: dict[str, WeakKeyDictionary[ClientSocket, _Stages]] = {}
        self._numbers: dict[str, Counter[tuple[str | None, str | None]]] = {}
        self._met: WeakKeyDictionary[ClientSocket, set[str]] = WeakKeyDictionary()
        self._struck: WeakKeyDictionary[ClientSocket, set[str]] = WeakKeyDictionary()

    def begin(self, fault: Fault, parties: Iterable[Party]) -> None:
        """Put a fault in force, on connections that are open too."""
        self._faults.append(fault)
        self._lines[fault.id] = WeakKeyDictionary()
        self._numbers[fault.id] = Counter()
        for socket, facts in parties:
            if fault.effect == "refuse":
                self._met.setdefault(socket, set()).add(fault.id)  # it has come in
                continue
            if not self._met_by(fault, socket, facts):
                continue
            if fault.effect in ON_DATA:
                self._lead(fault, socket, facts)
            elif self._strikes(fault, socket, facts):
                socket.abort()

    def end(self, fault: Fault) -> None:
        """Take it away: what it held goes on in order."""
        self._faults.remove(fault)
        del self._numbers[fault.id]
        for socket, pair in tuple(self._lines.pop(fault.id).items()):
            if socket.transit is not None:
                line_of(socket).remove(*pair)

    def came(self, socket: ClientSocket, facts: Facts) -> bool:
        """More is known of a new connection; False if it must be reset."""
        for fault in tuple(self._faults):
            if not self._met_by(fault, socket, facts):
                continue
            if fault.effect in ON_DATA:
                self._lead(fault, socket, facts)
            elif self._strikes(fault, socket, facts):
                return False
        return True

    def struck(self, address: str) -> list[str]:
        """The faults in force that have struck the connection of a client's address, by their ids.

        Args:
            address: as `ClientSocket.address` has it.
        """
        found = next((ids for one, ids in self._struck.items() if one.address == address), set())
        return [fault.id for fault in self._faults if fault.id in found]

    def _met_by(self, fault: Fault, socket: ClientSocket, facts: Facts) -> bool:
        """Whether a fault meets a connection now, for the first time."""
        met = self._met.setdefault(socket, set())
        if fault.id in met or not fault.matched <= facts.keys():
            return False
        met.add(fault.id)
        return fault.meets(**facts)

    def _strikes(self, fault: Fault, socket: ClientSocket, facts: Facts) -> bool:
        if not fault.strikes(**facts):
            return False
        self._note(fault, socket)
        return True

    def _strikes_data(
        self, fault: Fault, socket: ClientSocket, place: str, facts: Facts
    ) -> Luck | None:
        luck = fault.strikes_at(place, **facts)
        if luck is not None:
            self._note(fault, socket)
        return luck

    def _note(self, fault: Fault, socket: ClientSocket) -> None:
        self._struck.setdefault(socket, set()).add(fault.id)

    def _lead(self, fault: Fault, socket: ClientSocket, facts: Facts) -> None:
        """Lead a connection through what a fault on data does."""
        numbers = self._numbers[fault.id]
        whose = (facts.get("client"), facts.get("vhost"))
        numbers[whose] += 1
        up, down = (
            partial(self._strikes_data, fault, socket, f"connection {numbers[whose]} {way}", facts)
            for way in ("to-hub", "to-client")
        )
        site = Site(socket, self._timers, up, down)
        pair = self._lines[fault.id][socket] = stages(fault.effect, fault.parameters, site)
        line_of(socket).add(*pair)
