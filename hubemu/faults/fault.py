"""A rule in force, as the families see it that act on connections and on the broker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["Fault", "Luck"]


class Luck(Protocol):
    """What something that is struck has of chance."""

    def chance(self, purpose: str) -> float:
        """A number of [0, 1), the same for the same thing and purpose each time."""


class Fault(Protocol):
    """What strikes, whom, and how; whether it strikes is its own to say."""

    @property
    def id(self) -> str:
        """Which rule it is."""

    @property
    def where(self) -> str:
        """Its family: `network`, `broker`, `certificates`."""

    @property
    def effect(self) -> str:
        """What it does."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """How, the defaults filled in."""

    @property
    def matched(self) -> frozenset[str]:
        """What it looks at: `client`, `vhost`, `queue`."""

    @property
    def counts(self) -> bool:
        """Whether it lets events go by before it strikes, or between two strikes."""

    @property
    def certain(self) -> bool:
        """Whether it strikes each event that it matches: it counts nothing and draws nothing."""

    def meets(self, **facts: str | None) -> bool:
        """Whether it could strike where these facts hold; nothing is counted. Over: nowhere."""

    def strikes(self, **facts: str | None) -> bool:
        """Whether it strikes this event, of which these facts hold; it is counted."""

    def strikes_at(self, place: str, **facts: str | None) -> Luck | None:
        """The luck of the next data at a place, of which these facts hold, if it is struck.

        Data are counted and drawn for each place by itself.
        """
