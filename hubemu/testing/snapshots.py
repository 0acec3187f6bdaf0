"""Snapshots of the Hub of a test: where it can be brought back to."""

from __future__ import annotations

from hubemu.hub import Hub as RunningHub
from hubemu.testing.portal import Portal

__all__ = ["AsyncSnapshot", "Snapshot"]


class AsyncSnapshot:
    """A state of a Hub, with awaitable methods.

    Attributes:
        name: what the Hub calls it.
    """

    def __init__(self, hub: RunningHub, name: str) -> None:
        self._hub = hub
        self.name = name

    async def restore(self) -> None:
        """Bring the Hub back to it, wholly or not at all; clients stay connected.

        Raises:
            CheckFailed: it was removed, or something of it cannot be had any more.
        """
        await self._hub.snapshots.restore(self.name)

    async def remove(self) -> None:
        """Forget it (CheckFailed: that was done already)."""
        self._hub.snapshots.remove(self.name)


class Snapshot:
    """What `AsyncSnapshot` is, waited for."""

    def __init__(self, snapshot: AsyncSnapshot, portal: Portal) -> None:
        self._snapshot = snapshot
        self._portal = portal

    @property
    def name(self) -> str:
        """What the Hub calls it."""
        return self._snapshot.name

    def restore(self) -> None:
        """Bring the Hub back to it (see `AsyncSnapshot.restore`)."""
        self._portal.call(self._snapshot.restore())

    def remove(self) -> None:
        """Forget it (CheckFailed: that was done already)."""
        self._portal.call(self._snapshot.remove())
