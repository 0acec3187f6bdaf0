"""What became of all messages of a run: whether what the Hub took is accounted for.

1. What is counted here is what the journal is told; each message is counted once, however often it
   comes again.
2. *Lost* is what the Hub confirmed and what then neither reached a queue, nor is on its way, nor
   was refused with a report to its sender. It is 0 unless a rule drops messages or reports.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from hubemu.faults.in_force import Strike
from hubemu.journal import Entry, Outcome

__all__ = ["MessageAccount", "unused_rules"]


class MessageAccount:
    """The counts of one run, from its start or the last reset."""

    def __init__(self) -> None:
        # Three for each message: to ask a Counter takes twice as long.
        self._outcomes: defaultdict[str, int] = defaultdict(int)
        self._unsent = 0
        self._struck: Counter[str] = Counter()

    def told(self, entry: Entry, outcome: Outcome) -> None:
        """A message came to an outcome for the first time (`Journal`, `on_outcome`)."""
        self._outcomes[outcome] += 1
        if not entry.forwarded and outcome in ("dropped", "dead-lettered"):
            self._unsent += 1

    def struck(self, strike: Strike) -> None:
        """A rule struck."""
        effect = strike.fault.effect
        copies = strike.fault.parameters["copies"] if effect == "duplicate" else 1
        self._struck[effect] += copies

    def copy(self) -> MessageAccount:
        """The same counts, of their own from now on."""
        other = MessageAccount()
        other._outcomes, other._unsent = self._outcomes.copy(), self._unsent
        other._struck = self._struck.copy()
        return other

    def clear(self) -> None:
        """Begin a new run."""
        self._outcomes.clear()
        self._struck.clear()
        self._unsent = 0

    def report(self, taken: int, *, ready: int, in_flight: int) -> dict[str, int]:
        """The counts.

        Args:
            taken: messages that a dispatcher has judged.
            ready: messages that wait for one.
            in_flight: those that it has and has not settled: not judged yet, held, or judged and
                on their way.
        """
        told, struck = self._outcomes, self._struck
        ended = told["routed"] + told["rejected"] + self._unsent
        unaccounted = max(0, taken - ended - in_flight)
        waiting = ready + in_flight
        confirmed = ended + waiting + unaccounted
        return {
            "sent": confirmed + struck["nack"],
            "confirmed": confirmed,
            "waiting": waiting,
            "routed": told["routed"],
            "rejected": told["rejected"],
            "delivered": told["delivered"],
            "acknowledged": told["acknowledged"],
            "deadLettered": told["dead-lettered"],
            "duplicated": struck["duplicate"],
            "dropped": struck["drop"],
            "reportsLost": struck["lose-report"],
            "lost": unaccounted + struck["drop"] + struck["lose-report"],
        }


def unused_rules(rules: list[dict[str, Any]]) -> list[str]:
    """The rules that have never struck: what was to be tried with them is not shown by the run."""
    return [str(rule["name"] or rule["id"]) for rule in rules if not rule["strikes"]]
