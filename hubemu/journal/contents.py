"""What a journal holds, taken down and put back."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hubemu.journal.entry import Entry

__all__ = ["JournalContents"]


@dataclass(frozen=True, slots=True)
class JournalContents:
    """Entries, oldest first, which nobody else has; `taken` as the journal counts."""

    entries: tuple[Entry, ...]
    taken: int

    @classmethod
    def of(cls, entries: Iterable[Entry], taken: int) -> JournalContents:
        """Of a journal; without messages that are held, which are judged and entered anew."""
        every = tuple(entries)
        judged = tuple(_copied(entry) for entry in every if entry.outcome != "held")
        return cls(judged, taken - (len(every) - len(judged)))

    def anew(self, later: float) -> Iterator[Entry]:
        """The entries for a journal whose clock has gone on by `later` seconds: each is as old as
        it was."""
        for entry in self.entries:
            copied = _copied(entry)
            copied.entered += later
            yield copied


def _copied(entry: Entry) -> Entry:
    """With lists of its own; bodies are shared."""
    copied = copy.copy(entry)
    copied.trace = list(entry.trace)
    copied.forwarded = list(entry.forwarded)
    return copied
