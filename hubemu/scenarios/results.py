"""What came of a scenario: verdicts kept apart, and what each step expected beside what it got."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["RANKS", "Evidence", "RunResult", "ScenarioResult", "StepResult", "Verdict", "worst"]

Verdict = Literal["passed", "failed", "skipped", "inconclusive", "error"]

RANKS: tuple[Verdict, ...] = ("passed", "skipped", "inconclusive", "failed", "error")
"""From the best to the worst: a scenario is as its worst step."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on a whole whose parts have these; `passed` where there are none.

    One that was skipped in part has passed in the other.
    """
    several = set(verdicts)
    if several == {"skipped"}:
        return "skipped"
    return max(several - {"skipped"}, key=RANKS.index, default="passed")


@dataclass(slots=True, kw_only=True)
class Evidence:
    """A message that crossed the scene, for the reports.

    `sender` and `recipient` are client ids, `at` seconds since the scenario began.
    """

    at: float
    sender: str
    recipient: str
    label: str
    queue: str
    distribution_id: str
    content_type: str
    body: bytes


@dataclass(slots=True, kw_only=True)
class StepResult:
    """One step: what was expected beside what was received; `why` unless it passed."""

    number: int
    title: str
    action: str
    vhost: str
    proves: list[str]
    verdict: Verdict = "passed"
    why: str = ""
    expected: dict[str, Any] = field(default_factory=dict)
    received: dict[str, Any] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    seconds: float = 0.0
    evidence: list[Evidence] = field(default_factory=list)
    details: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """As JSON (CONTRACT, Scenarios)."""
        return {
            "title": self.title,
            "verdict": self.verdict,
            "expected": self.expected,
            "received": self.received,
            "messages": self.messages,
            "why": self.why or None,
            "action": self.action,
            "vhost": self.vhost,
            "proves": self.proves,
            "seconds": round(self.seconds, 3),
        }


@dataclass(slots=True, kw_only=True)
class ScenarioResult:
    """One scenario; `facts` are those of the Hub and of TLS, for the evidence."""

    name: str
    title: str
    milestone: str
    file: str
    verdict: Verdict
    why: str = ""
    seconds: float = 0.0
    steps: list[StepResult] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    actors: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As JSON (CONTRACT, Scenarios)."""
        return {
            "name": self.name,
            "title": self.title,
            "milestone": self.milestone,
            "verdict": self.verdict,
            "why": self.why or None,
            "seconds": round(self.seconds, 3),
            "steps": [step.record() for step in self.steps],
            "faults": self.faults,
        }


@dataclass(slots=True, kw_only=True)
class RunResult:
    """Several scenarios played with one seed; `known` failed before already (`--baseline`)."""

    seed: int
    scenarios: list[ScenarioResult]
    known: frozenset[str] = frozenset()

    @property
    def new_failures(self) -> list[ScenarioResult]:
        """What failed or went wrong, and did not before."""
        return [
            one
            for one in self.scenarios
            if one.verdict in ("failed", "error") and one.name not in self.known
        ]

    def counts(self) -> dict[Verdict, int]:
        """How many scenarios have each verdict."""
        return {rank: sum(one.verdict == rank for one in self.scenarios) for rank in RANKS}

    def record(self) -> dict[str, Any]:
        """As JSON (CONTRACT, Scenarios)."""
        return {
            "seed": self.seed,
            "scenarios": [one.record() for one in self.scenarios],
        }
