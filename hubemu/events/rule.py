"""What a rule of the broker's refusals says, and the words that several of them use."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PASSIVE", "RefusalRule"]


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """A pattern is searched in the reply text; its groups, and the situation, fill in the words."""

    code: int | None
    pattern: str
    why: str
    mend: str
    methods: str = ""
    """A pattern that the whole method name matches; empty for any."""
    scope: str = ""


PASSIVE = "declare passively (passive=true), or not at all: clients of the Hub configure nothing"
