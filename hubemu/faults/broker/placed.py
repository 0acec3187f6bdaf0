"""Effects that are put at places of the broker: one thing stands there for all faults that are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from hubemu.broker.open_connection import OpenConnection
from hubemu.faults.broker.place import BrokerPlace
from hubemu.faults.fault import Fault

__all__ = ["Placed"]

_Spot = TypeVar("_Spot")


class Placed(ABC, Generic[_Spot]):
    """Keeps who is at which spot; the first one puts the effect there, the last takes it away."""

    def __init__(self, place: BrokerPlace) -> None:
        self.place = place
        self._every: dict[Fault, None] = {}
        self._faults: dict[_Spot, list[Fault]] = {}

    def begin(self, fault: Fault) -> None:
        """See `Effect`."""
        self._every[fault] = None
        for spot in self.spots(fault):
            self._place(spot, fault)

    def end(self, fault: Fault) -> None:
        """See `Effect`."""
        self._every.pop(fault, None)
        for spot, faults in tuple(self._faults.items()):
            if fault in faults:
                faults.remove(fault)
                if not faults:
                    del self._faults[spot]
                    self.take_away(spot)

    def follow(self) -> None:
        """Other places are there: each fault is where it could strike now."""
        wanted = {fault: list(self.spots(fault)) for fault in self._every}
        there = {spot for spots in wanted.values() for spot in spots}
        for gone in self._faults.keys() - there:
            del self._faults[gone]
        for fault, spots in wanted.items():
            for spot in spots:
                self._place(spot, fault)

    def _place(self, spot: _Spot, fault: Fault) -> None:
        faults = self._faults.setdefault(spot, [])
        if fault not in faults:
            faults.append(fault)
        self.put(spot, faults)

    def opened(self, opened: OpenConnection) -> None:
        """See `Effect`: it is not put at connections."""

    @abstractmethod
    def spots(self, fault: Fault) -> Iterable[_Spot]:
        """Where a fault could strike."""

    @abstractmethod
    def put(self, spot: _Spot, faults: Sequence[Fault]) -> None:
        """Have `faults`, which come and go, asked there; called anew for each that comes."""

    @abstractmethod
    def take_away(self, spot: _Spot) -> None:
        """Leave it as it was."""
