"""How long the text of a refusal may get: the one bound on every cause.

The real Hub quotes the whole code list in each problem with a code and tells every problem: 165 KB
of wrong codes become a text of hundreds of megabytes. Here such a text ends, and says so.
"""

from __future__ import annotations

__all__ = ["GOES_ON", "MAX_CAUSE", "bounded"]

MAX_CAUSE = 100_000
"""Characters of a cause that are told; what stands behind them is told to have been left out."""
GOES_ON = (
    f"... (hubemu tells {MAX_CAUSE} characters of a cause at most: the real Hub's text goes on "
    "here, with every further problem in the same form)\n"
)


def bounded(text: str, *, goes_on: bool = False) -> str:
    """The text, cut where it is longer than `MAX_CAUSE`; cut or known to go on, it says so."""
    if text.endswith(GOES_ON) or (len(text) <= MAX_CAUSE and not goes_on):
        return text
    kept = text[:MAX_CAUSE]
    return f"{kept}{'' if kept.endswith(chr(10)) else chr(10)}{GOES_ON}"
