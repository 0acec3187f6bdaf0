"""Who connects the dispatchers of all vHosts to their broker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hubemu.dispatcher.vhost_dispatcher import VHostDispatcher

__all__ = ["Feed"]


class Feed(Protocol):
    """Gives each vHost's dispatcher an outlet, and a new one when the broker was away."""

    @property
    def running(self) -> bool:
        """Whether every one of them has its outlet."""

    def start(self, vhosts: Mapping[str, VHostDispatcher]) -> None:
        """Begin; inside the event loop."""

    def add(self, dispatcher: VHostDispatcher) -> None:
        """One more is there, to be fed as the others are."""

    async def remove(self, vhost: str) -> None:
        """Feed one no more; what it has not settled stays in its queue."""

    async def stop(self) -> None:
        """Take the outlets away; what is not settled stays in its queue. Safe to call twice."""

    def health(self) -> dict[str, Any]:
        """Facts for the health page."""
