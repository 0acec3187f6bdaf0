"""Which messages of the journal are wanted: filters, cursor and page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubemu.journal.entry import Entry

__all__ = ["CURSOR", "Filters", "Page", "UnknownCursor"]

CURSOR = "m([0-9]{1,18})"
"""The form of ids, and so of cursors."""


class UnknownCursor(ValueError):
    """A cursor that this journal never gave."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"{cursor!r} is not a cursor: give the id of a message, or `next`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a message must be; `None` lets everything through.

    `q` is looked for in the body as received and in the ids, ASCII letters of either case alike.
    """

    vhost: str | None = None
    sender: str | None = None
    recipient: str | None = None
    type: str | None = None
    outcome: str | None = None
    q: str | None = None

    def match(self, entry: Entry) -> bool:
        """Whether an entry passes every filter."""
        return (
            (self.vhost is None or entry.vhost == self.vhost)
            and (self.sender is None or entry.sender == self.sender)
            and (self.recipient is None or entry.recipient == self.recipient)
            and (self.type is None or entry.type == self.type)
            and (self.outcome is None or entry.outcome == self.outcome)
            and (not self.q or _mentions(entry, self.q))
        )


def _mentions(entry: Entry, text: str) -> bool:
    wanted = text.lower()
    ids = (entry.id, entry.distribution_id, entry.sender, entry.recipient)
    if any(wanted in known.lower() for known in ids if known):
        return True
    return text.encode("utf-8", "surrogatepass").lower() in entry.body.lower()


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, oldest first, and the cursor that gives those after them (`None`: no more now)."""

    entries: tuple[Entry, ...]
    next: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The list of CONTRACT."""
        return {"messages": [entry.row() for entry in self.entries], "next": self.next}
