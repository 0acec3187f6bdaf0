"""Snapshots of a Hub: states that were taken down, by their names, and the way back to them.

They are kept in the memory of the Hub that is up; message bodies are shared with its queues and its
journal. A reset leaves them alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from hubemu.errors import CheckFailed, InputError
from hubemu.events import EventLog
from hubemu.hub_states import HubState, HubStates
from hubemu.journal import utc_text
from hubemu.suggestions import did_you_mean

__all__ = ["MOST_SNAPSHOTS", "SNAPSHOT_NAME", "HubSnapshot", "HubSnapshots", "NoSuchSnapshot"]

MOST_SNAPSHOTS: Final = 50
SNAPSHOT_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""What a name looks like."""


class NoSuchSnapshot(CheckFailed):
    """No snapshot has that name; the text says which there are."""


@dataclass(frozen=True, slots=True)
class HubSnapshot:
    """A state under a name."""

    name: str
    state: HubState

    def to_json(self) -> dict[str, Any]:
        """As the control API tells it: the counts are those of that moment."""
        state, around = self.state, self.state.around
        return {
            "name": self.name,
            "at": utc_text(state.at),
            "offset": state.offset,
            "phase": around.step.name,
            "messages": len(state.queues),
            "journal": len(state.journal.entries),
            "faults": len(around.rules),
            "clients": len(around.tables.clients),
            "vhosts": len(around.tables.vhosts),
        }


class HubSnapshots:
    """The snapshots of a Hub, in the order in which they were taken."""

    def __init__(self, states: HubStates, events: EventLog) -> None:
        self._states = states
        self._events = events
        self._kept: dict[str, HubSnapshot] = {}

    async def take(self, name: str, *, replace: bool = False) -> HubSnapshot:
        """Take down the Hub as it is; `replace`: instead of one of that name, if there is one.

        Raises:
            InputError: the name has not the form of one.
            CheckFailed: it is taken, there are too many, or the engine cannot do it.
        """
        if re.fullmatch(SNAPSHOT_NAME, name) is None:
            allowed = "letters, digits, '.', '_' and '-', 64 at most, the first a letter or digit"
            raise InputError("name", f"{name!r}: use {allowed}")
        snapshot = HubSnapshot(name, await self._states.take())
        # From here on nobody else gets a turn.
        if name in self._kept and not replace:
            raise CheckFailed(f"there is a snapshot {name!r}: remove it, or have it replaced")
        if name not in self._kept and len(self._kept) >= MOST_SNAPSHOTS:
            raise CheckFailed(f"there are {MOST_SNAPSHOTS} snapshots already: remove some first")
        self._kept.pop(name, None)
        self._kept[name] = snapshot
        return snapshot

    def listed(self) -> tuple[HubSnapshot, ...]:
        """All of them."""
        return tuple(self._kept.values())

    async def restore(self, name: str) -> HubSnapshot:
        """Bring the Hub back to a snapshot, wholly or not at all; it can be done again.

        Raises:
            NoSuchSnapshot: there is none of that name.
            CheckFailed: something of it cannot be had any more.
            StartError: the broker, or the disk, does not take it.
        """
        snapshot = self._named(name)
        try:
            await self._states.put_back(snapshot.state)
        except InputError as gone:  # a release of a model, a file of the home
            raise CheckFailed(f"snapshot {name!r} cannot be restored: {gone}") from None
        self._events.tell("restored", {"name": name, "messages": len(snapshot.state.queues)})
        return snapshot

    def remove(self, name: str) -> None:
        """Forget a snapshot (NoSuchSnapshot: there is none of that name)."""
        del self._kept[self._named(name).name]

    def _named(self, name: str) -> HubSnapshot:
        found = self._kept.get(name)
        if found is None:
            known = f"there are {', '.join(self._kept)}" if self._kept else "there are none"
            raise NoSuchSnapshot(
                f"no snapshot is called {name!r}: {did_you_mean(name, self._kept)}{known}"
            )
        return found
