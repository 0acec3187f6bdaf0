"""Lines that are readable under load: what happens often is summed once a second.

Rules:
1. Of one kind of message event (who to whom, which type), and of the strikes of one fault rule, the
   first `ALONE` in a second are told one by one; what comes on top is counted, and told as one sum
   when the second is over.
2. Refusals, connections and changes of the Hub are always told one by one, at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hubemu.events.event import REFUSALS, Event

__all__ = ["ALONE", "SECOND", "Summing"]

ALONE = 5
SECOND = 1.0
_Key = tuple[str | None, ...]


@dataclass(slots=True)
class _Sum:
    count: int
    last: Event


class Summing:
    """Stands between the events and whoever writes their lines.

    Args:
        tell: takes an event that is told alone.
        tell_sum: takes the last of several events that are told as one, and how many they are.
        later: has a call made after so many seconds; it is asked once for each second of load.
    """

    def __init__(
        self,
        tell: Callable[[Event], None],
        tell_sum: Callable[[Event, int], None],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._tell = tell
        self._tell_sum = tell_sum
        self._later = later
        self._sums: dict[_Key, _Sum] = {}

    def take(self, event: Event) -> None:
        """An event came."""
        key = _key(event)
        if key is None:
            self._tell(event)
            return
        summed = self._sums.get(key)
        if summed is None:
            if not self._sums:
                self._later(SECOND, self.flush)
            summed = self._sums[key] = _Sum(0, event)
        summed.count += 1
        summed.last = event
        if summed.count <= ALONE:
            self._tell(event)

    def flush(self) -> None:
        """The second is over: tell the sums."""
        sums, self._sums = self._sums, {}
        for summed in sums.values():
            more = summed.count - ALONE
            if more == 1:
                self._tell(summed.last)
            elif more > 1:
                self._tell_sum(summed.last, more)


def _key(event: Event) -> _Key | None:
    """What an event is summed with; `None`: it is told alone."""
    facts = event.facts
    if isinstance(facts, tuple):
        if event.kind in REFUSALS:
            return None
        return event.kind, facts[2], facts[3], facts[6]  # sender, recipient, type
    return (event.kind, facts["rule"]) if event.kind == "fault" else None
