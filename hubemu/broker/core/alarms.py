"""Resource alarms: while one is raised, whoever publishes has to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hubemu.broker.core.memory_use import MemoryUse
from hubemu.watchers import tell_each

__all__ = ["DISK", "MEMORY", "Alarms", "resource", "told"]

_LOW: Final = "low on "
MEMORY: Final = f"{_LOW}memory"
"""The broker holds too much (`MemoryUse`)."""
DISK: Final = f"{_LOW}disk"
"""The disk is full, or counts as full."""


class Alarms:
    """The alarms of one broker, by their reason; that of memory follows the memory_use.

    Several may hold the same one up, each under a name of its own (`holder`).
    """

    def __init__(self, memory_use: MemoryUse) -> None:
        self._raised: dict[str, set[str]] = {}
        self._watchers: list[Callable[[str, bool], None]] = []
        memory_use.watch(lambda high: self.raise_(MEMORY) if high else self.clear(MEMORY))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why publishers wait now, oldest first."""
        return tuple(self._raised)

    def raise_(self, reason: str, holder: str = "") -> None:
        """Have publishers wait until `clear` of the same reason by every holder. Idempotent."""
        if reason in self._raised:
            self._raised[reason].add(holder)
        else:
            self._raised[reason] = {holder}
            self._tell(reason, True)

    def clear(self, reason: str, holder: str = "") -> None:
        """The reason is over for a holder. Idempotent."""
        holders = self._raised.get(reason, set())
        holders.discard(holder)
        if reason in self._raised and not holders:
            del self._raised[reason]
            self._tell(reason, False)

    def disk(self, full: bool) -> None:
        """The disk is full, or not any more: RabbitMQ's alarm of free disk space. Idempotent."""
        if full:
            self.raise_(DISK)
        else:
            self.clear(DISK)

    def watch(self, changed: Callable[[str, bool], None]) -> Callable[[], None]:
        """Call `changed(reason, raised)` on each change; gives the function that ends it."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def _tell(self, reason: str, raised: bool) -> None:
        tell_each(self._watchers, reason, raised)


def resource(reason: str) -> str:
    """What is short, as RabbitMQ's management API names it: `memory`, `disk`."""
    return reason.removeprefix(_LOW)


def told(reasons: Iterable[str]) -> str:
    """Several reasons as RabbitMQ tells them to a client: `low on memory & disk`."""
    first, *others = reasons
    return " & ".join([first, *(other.removeprefix(_LOW) for other in others)])
