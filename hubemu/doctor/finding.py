"""What one look found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["MachineFinding", "Verdict"]

Verdict: TypeAlias = Literal["ok", "warning", "problem"]
"""A problem keeps hubemu from working; a warning may surprise somebody."""


@dataclass(frozen=True, slots=True)
class MachineFinding:
    """`check` is what was looked at, `text` what was found, `mend` what to do about it."""

    check: str
    verdict: Verdict
    text: str
    mend: str = ""

    def to_json(self) -> dict[str, Any]:
        """As `hubemu doctor --json` prints it."""
        return asdict(self)
