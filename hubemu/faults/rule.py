"""A fault rule: where it strikes, what, how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.faults.matching import Match

__all__ = ["Rule", "WantedRule"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WantedRule:
    """A rule as somebody asked for it, checked, defaults filled in.

    It strikes a matching event after the first `after`, then each `every`-th, with `probability`,
    at most `times` times (`None`: without end), for `seconds` of the Hub's clock (`None`: until it
    is cleared).
    """

    where: str
    effect: str
    match: Match
    parameters: Mapping[str, Any]
    name: str | None = None
    after: int = 0
    times: int | None = None
    every: int = 1
    probability: float = 1.0
    seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """What `POST /api/v1/faults` takes."""
        return {
            "name": self.name,
            "where": self.where,
            "match": dict(self.match.given),
            "effect": self.effect,
            "parameters": dict(self.parameters),
            "after": self.after,
            "times": self.times,
            "every": self.every,
            "probability": self.probability,
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule(WantedRule):
    """A rule of a running Hub; rules are told apart by identity.

    `number` counts the rules since the last clearing, from 1: with the Hub's seed it is the key
    of all draws of the rule.
    """

    id: str
    number: int

    @property
    def label(self) -> str:
        """What people are told: its name, or else its id."""
        return self.name or self.id
