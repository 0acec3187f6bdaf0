"""What a dispatcher in a process of its own writes down, to be told to the Hub's process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hubemu.clock import Clock
from hubemu.dispatcher.metrics import DurationCount, Metrics
from hubemu.journal import Entry
from hubemu.journal.journal import Journal

__all__ = ["Counted", "Failed", "Record", "RecordingJournal", "RecordingMetrics", "Told", "Took"]

_KEPT = 1_000
"""Entries kept here, so that a step told later finds its message."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as it stands now."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Counted:
    """A message was dispatched, under these labels."""

    labels: tuple[str, str, str, str]
    message: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A message was refused or failed, under these labels."""

    labels: tuple[str, str, str, str]
    message: str


@dataclass(frozen=True, slots=True)
class Took:
    """A message took so many seconds."""

    seconds: float


Record = Told | Counted | Failed | Took
Write = Callable[[Record], None]


class RecordingJournal(Journal):
    """A small journal that passes on what is told.

    Args:
        clock: tells the time of the steps.
        prefix: opens every id, so that those of several dispatchers differ.
        write: takes the records.
    """

    def __init__(self, clock: Clock, prefix: str, write: Write) -> None:
        super().__init__(clock, max_messages=_KEPT)
        self._prefix = prefix
        self._write = write

    def new_id(self) -> str:
        """An id that no other dispatcher gives."""
        return self._prefix + super().new_id()

    def tell(self, entry: Entry) -> None:
        """Pass an entry on."""
        self._write(Told(entry))

    def note(self, entry_id: str, step: str, detail: str = "") -> None:
        """Add a step to the trace of an entry, and pass that on too."""
        super().note(entry_id, step, detail)
        if (entry := self.get(entry_id)) is not None:
            self.tell(entry)


class RecordingMetrics(Metrics):
    """Counters that pass on what is counted."""

    def __init__(self, write: Write) -> None:
        super().__init__()
        self._write = write
        self.dispatch_time = _RecordingTimer(write)

    def dispatched(self, labels: tuple[str, str, str, str], message: str) -> None:
        """See `Metrics`."""
        self._write(Counted(labels, message))

    def failed(self, labels: tuple[str, str, str, str], message: str) -> None:
        """See `Metrics`."""
        self._write(Failed(labels, message))


class _RecordingTimer(DurationCount):
    __slots__ = ("_write",)

    def __init__(self, write: Write) -> None:
        super().__init__()
        self._write = write

    def took(self, seconds: float) -> None:
        """See `DurationCount`."""
        self._write(Took(seconds))
