"""What somebody meant who wrote a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["closest", "did_you_mean"]

_PREFIX = "fr.health."
"""What people leave out of client ids."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was meant, if one is near: that in other letters first, then that with
    `fr.health.` before it, then the first that begins so, then the least distant one."""
    by_small: dict[str, str] = {}
    for one in known:
        by_small.setdefault(one.lower(), one)
    wanted = name.lower()
    for sure in (wanted, _PREFIX + wanted):
        if sure in by_small:
            return by_small[sure]
    begun = [small for small in by_small if wanted and small.startswith(wanted)]
    near = begun or get_close_matches(wanted, by_small, 1)
    near = near or get_close_matches(_PREFIX + wanted, by_small, 1, cutoff=0.85)
    return by_small[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """As a question with a space behind it; empty where nothing is near."""
    near = closest(name, known)
    return f"did you mean {near}? " if near is not None else ""
