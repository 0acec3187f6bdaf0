"""A fault in force that needs no book of rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PlainFault"]

_NUMBERS = itertools.count(1)


@dataclass(eq=False)
class PlainFault:
    """Strikes where `match` says, all events or as `answers` say one after the other."""

    effect: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    match: Mapping[str, str] = field(default_factory=dict)
    answers: Iterator[bool] | None = None
    id: str = ""
    where: str = "broker"
    ended: bool = False
    struck: list[dict[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.id or f"fault-{next(_NUMBERS)}"

    @property
    def matched(self) -> frozenset[str]:
        """See `Fault`."""
        return frozenset(self.match)

    @property
    def counts(self) -> bool:
        """See `Fault`."""
        return self.answers is not None

    @property
    def certain(self) -> bool:
        """See `Fault`."""
        return self.answers is None

    def meets(self, **facts: str | None) -> bool:
        """See `Fault`."""
        return not self.ended and all(
            self.match[key] == value for key, value in facts.items() if key in self.match
        )

    def strikes(self, **facts: str | None) -> bool:
        """See `Fault`."""
        if any(facts.get(key) != value for key, value in self.match.items()):
            return False
        if self.answers is not None and not next(self.answers, False):
            return False
        self.struck.append(facts)
        return True

    def strikes_at(self, place: str, **facts: str | None) -> PlainFault | None:
        """See `Fault`."""
        return self if self.strikes(**facts) else None

    def chance(self, purpose: str) -> float:
        """See `Luck`."""
        return 0.0
