"""The fault rules of a Hub: added, listed with their strikes, ended, cleared.

1. Rules are numbered from 1; the numbers, and the ids made of them, begin again when all rules are
   cleared. So the same rules under the same seed draw the same.
2. A rule that has ended stays listed until it is cleared; with it goes its part of the log.
3. Rules are added, ended and cleared one after the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from hubemu.clock import Clock
from hubemu.errors import CheckFailed, HubemuError
from hubemu.faults.family import Family
from hubemu.faults.in_force import Ended, RuleInForce, Strike
from hubemu.faults.rule import Rule, WantedRule
from hubemu.journal import utc_text
from hubemu.version import __version__
from hubemu.watchers import tell_each

__all__ = ["MOST_RULES", "BookContents", "FaultRefused", "RuleBook", "UnknownRule"]

MOST_RULES = 1_000


class FaultRefused(CheckFailed):
    """This Hub cannot do what a rule asks for; the text says why."""


class UnknownRule(CheckFailed):
    """There is no rule with that id."""

    def __init__(self, rule_id: str) -> None:
        super().__init__(f"no fault rule has the id {rule_id!r}: GET /api/v1/faults lists them")


@dataclass(slots=True, eq=False)
class _Kept:
    fault: RuleInForce
    deadline: float | None
    last_strike: float | None = None
    taken_away: bool = False
    """Whether its family was told that it is over, which it is once."""


@dataclass(frozen=True, slots=True)
class BookContents:
    """The rules of a book with their counts, at a time of its clock."""

    rules: tuple[_Kept, ...]
    next: int
    at: float

    def __len__(self) -> int:
        """How many rules there are."""
        return len(self.rules)


class RuleBook:
    """All fault rules of one Hub.

    Args:
        clock: ends rules by their `seconds`, and dates strikes.
        seed: key of every draw.
        tell: is called with each strike.
    """

    def __init__(
        self, clock: Clock, seed: int, tell: Callable[[Strike], None] = lambda _strike: None
    ) -> None:
        self.seed = seed
        self._clock = clock
        self._tell = tell
        self._families: dict[str, Family] = {}
        self._kept: dict[str, _Kept] = {}
        self._next = 1
        self._changing = asyncio.Lock()
        self._watchers: list[Callable[[], None]] = []

    def install(self, names: Iterable[str], family: Family) -> None:
        """Have the rules of these families carried out by `family`."""
        self._families |= dict.fromkeys(names, family)

    # What users do.

    async def add(self, wanted: WantedRule) -> RuleInForce:
        """Put a rule in force: it is when this returns.

        Raises:
            FaultRefused: this engine cannot do that, and why.
            HubemuError: its family failed to.
        """
        async with self._changing:
            family = self._family(wanted)
            fault = RuleInForce(self._numbered(wanted), self.seed, self._struck)
            if (why := family.why_not(fault)) is not None:
                raise FaultRefused(why)
            seconds = fault.rule.seconds
            deadline = None if seconds is None else self._clock.now() + seconds
            self._kept[fault.id] = _Kept(fault, deadline)
            try:
                await family.begin(fault)
            except BaseException:
                del self._kept[fault.id]
                fault.ended = "cleared"
                raise
            self._next += 1
            self._changed()
            return fault

    async def remove(self, rule_id: str) -> None:
        """Clear one rule: nothing of it is left when this returns.

        Raises:
            UnknownRule: there is none with that id.
            HubemuError: its family failed to end it; it is not listed any more all the same.
        """
        async with self._changing:
            if (kept := self._kept.pop(rule_id, None)) is None:
                raise UnknownRule(rule_id)
            await self._end([kept], "cleared")

    async def clear(self) -> int:
        """Clear all rules, and begin to number again; how many there were.

        Raises:
            HubemuError: a family failed to end one; none is listed any more all the same.
        """
        async with self._changing:
            kept = list(self._kept.values())
            self._kept.clear()
            self._next = 1
            await self._end(kept, "cleared")
            return len(kept)

    def contents(self) -> BookContents:
        """Every rule that is listed, with its counts."""
        rules = tuple(map(_copied, self._kept.values()))
        return BookContents(rules, self._next, self._clock.now())

    async def put_back(self, contents: BookContents) -> None:
        """Have these rules and no others, each in force if it was; until `go_on` they last.

        Raises:
            HubemuError: a family failed to end or to begin one; the book is not as it is to be.
        """
        async with self._changing:
            before = list(self._kept.values())
            self._kept.clear()
            await self._end(before, "cleared")
            self._next = contents.next
            for kept in map(_copied, contents.rules):
                kept.deadline = None
                if not kept.taken_away:
                    await self._families[kept.fault.where].begin(kept.fault)
                self._kept[kept.fault.id] = kept

    def go_on(self, contents: BookContents) -> None:
        """Have the rules that were put back end after as many seconds as they had left."""
        later = self._clock.now() - contents.at
        for one in contents.rules:
            if one.deadline is not None and (kept := self._kept.get(one.fault.id)) is not None:
                kept.deadline = one.deadline + later
        self._changed()

    def listed(self) -> list[dict[str, Any]]:
        """Every rule as the control API shows it, in the order they were added."""
        return [self._shown(kept) for kept in self._kept.values()]

    def shown(self, rule_id: str) -> dict[str, Any]:
        """One rule as the control API shows it.

        Raises:
            UnknownRule: there is none with that id.
        """
        if (kept := self._kept.get(rule_id)) is None:
            raise UnknownRule(rule_id)
        return self._shown(kept)

    def label(self, rule_id: str) -> str:
        """What people are told of a rule: its name, or else its id."""
        kept = self._kept.get(rule_id)
        return rule_id if kept is None else kept.fault.rule.label

    def build(self) -> dict[str, Any]:
        """What a run is repeated with: seed, version, and a hash of the rules."""
        rules = [kept.fault.rule.to_json() for kept in self._kept.values()]
        text = json.dumps(rules, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return {"seed": self.seed, "version": __version__, "hash": digest}

    def decisions(self) -> Iterator[dict[str, Any]]:
        """The log of decisions: rule by rule, stream by stream; times have no part in it."""
        for kept in self._kept.values():
            yield from kept.fault.decisions()

    # Time.

    def watch_deadlines(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` when rules have changed; gives the function that ends the watch."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def next_deadline(self) -> float | None:
        """When the next rule ends, in seconds since the epoch of the Hub's clock."""
        return min((one.deadline for one in self._kept.values() if one.deadline), default=None)

    async def end_due(self) -> None:
        """End the rules whose seconds are over; they stay listed."""
        async with self._changing:
            now = self._clock.now()
            due = [one for one in self._kept.values() if one.deadline and one.deadline <= now]
            for one in due:
                one.deadline = None
            await self._end(due, "seconds")

    # Own affairs.

    def _family(self, wanted: WantedRule) -> Family:
        if len(self._kept) >= MOST_RULES:
            raise FaultRefused(f"there are {MOST_RULES} fault rules already: clear some first")
        family = self._families.get(wanted.where)
        if family is None:
            raise FaultRefused(
                f"this Hub does no faults of the family {wanted.where}: "
                f"it does {', '.join(self._families) or 'none'}"
            )
        return family

    def _numbered(self, wanted: WantedRule) -> Rule:
        given = {one.name: getattr(wanted, one.name) for one in fields(WantedRule)}
        return Rule(id=f"f{self._next}", number=self._next, **given)

    async def _end(self, kept: Iterable[_Kept], why: Ended) -> None:
        """End rules that are in force, all of them even if one fails to."""
        failed: HubemuError | None = None
        for one in [one for one in kept if not one.taken_away]:
            one.taken_away = True
            one.fault.ended = one.fault.ended or why
            try:
                await self._families[one.fault.where].end(one.fault)
            except HubemuError as error:
                failed = error
        self._changed()
        if failed is not None:
            raise failed

    def _struck(self, strike: Strike) -> None:
        if (kept := self._kept.get(strike.fault.id)) is not None:
            kept.last_strike = self._clock.now()
        self._tell(strike)

    def _changed(self) -> None:
        tell_each(self._watchers)

    def _shown(self, kept: _Kept) -> dict[str, Any]:
        fault, last = kept.fault, kept.last_strike
        return {
            "id": fault.id,
            **fault.rule.to_json(),
            "strikes": fault.strikes_made,
            "lastStrike": None if last is None else utc_text(last),
            "ended": fault.ended,
        }


def _copied(kept: _Kept) -> _Kept:
    return replace(kept, fault=kept.fault.copy())
