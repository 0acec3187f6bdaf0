"""What carries out the rules of one or several families on one engine.

Protocol, for whoever adds one. It is installed in the `RuleBook` of the Hub by the names of its
families, before the Hub is announced: `book.install(("network", "broker"), family)`. From then on

1. `why_not(fault)` is asked before a rule is added. A text says why this engine cannot do it, and
   what to do instead; it is answered as 409. What is impossible on every engine is refused by the
   vocabulary instead.
2. `begin(fault)` is awaited once, before `POST` is answered: when it returns the rule is in effect,
   also for what is open already. If it raises a `HubemuError` the rule is not added.
3. For each event that may be struck the family asks `fault.strikes(...)`, `fault.strikes_at(...)`
   for data at a place, or `fault.strike(event)` where it needs to know more than whether. Chance
   for its effect is from what is struck only (`Luck`), so that a seed repeats it.
4. `end(fault)` is awaited once when the rule has ended by its `seconds`, is cleared, at a reset,
   and when the Hub stops. Afterwards nothing of it is left: what was held goes on in its order. A
   rule that has struck `times` times strikes no more, but is not ended by that: what it holds or
   has changed stays until its effect is over or `end` is called (`Strike.last` tells).
"""

from __future__ import annotations

from typing import Protocol

from hubemu.faults.fault import Fault

__all__ = ["Family"]


class Family(Protocol):
    """The rules of some families on one engine; see the module."""

    def why_not(self, fault: Fault) -> str | None:
        """Why a rule cannot be put in force, with the mend; `None` if it can."""

    async def begin(self, fault: Fault) -> None:
        """Put a rule in force.

        Raises:
            HubemuError: it cannot be done; the rule is not added.
        """

    async def end(self, fault: Fault) -> None:
        """Take it away: nothing of it stays."""
