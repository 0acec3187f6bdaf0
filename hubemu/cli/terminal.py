"""What `hubemu up` tells while it runs: each event of the Hub as a line, and the warnings."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubemu.cli.lines import LineWriter
from hubemu.cli.options import LogFormat
from hubemu.cli.output import paint_err
from hubemu.events import Event, EventLog, Wanted
from hubemu.events.lines import line, sum_line
from hubemu.events.summing import Summing
from hubemu.journal import Entry, utc_text
from hubemu.journal.journal import Journal

__all__ = ["Telling", "Terminal", "telling"]

_REPLAYED = 1_000
"""Events told at most that came before the terminal did."""
_JUDGED = frozenset({"routed", "rejected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is told: nothing but warnings if `quiet`, each check and delivery too if `verbose`."""

    quiet: bool = False
    verbose: bool = False
    log: LogFormat = LogFormat.TEXT


@contextmanager
def telling(wanted: Telling, log: Path | None = None) -> Iterator[Terminal]:
    """Write warnings, and what happens on the Hub that is followed, until the block ends.

    `log` is the log of a Hub in the background: where stderr is that file, it is kept bounded.
    """
    writer = LineWriter(log if log is not None and _is_stderr(log) else None)
    terminal = Terminal(wanted, writer)
    handler = _Handler(terminal)
    logging.getLogger().addHandler(handler)
    try:
        yield terminal
    finally:
        terminal.end()
        logging.getLogger().removeHandler(handler)
        writer.close()


class Terminal:
    """Writes what happens on a Hub, in the format that is wanted."""

    def __init__(self, wanted: Telling, writer: LineWriter) -> None:
        self._wanted = wanted
        self._writer = writer
        self._journal: Journal | None = None
        self._ends: list[Callable[[], None]] = []

    def follow(self, events: EventLog, journal: Journal) -> None:
        """Tell each event, those that are kept first; to be called inside the event loop."""
        if self._wanted.quiet:
            return
        self._journal = journal
        if self._wanted.verbose or self._wanted.log is LogFormat.JSON:
            take = self._whole
        else:
            summing = Summing(self._alone, self._sum, asyncio.get_running_loop().call_later)
            self._ends.append(summing.flush)
            take = summing.take
        for event in events.latest(Wanted(), limit=_REPLAYED).events:
            take(event)
        self._ends.append(events.listen(take))

    def end(self) -> None:
        """Tell no more."""
        for end in self._ends:
            end()

    def warn(self, record: logging.LogRecord) -> None:
        """Something was logged."""
        formatter = logging.Formatter("%(message)s")
        told = {
            "at": utc_text(record.created),
            "kind": "warning",
            "level": "warning",
            "logger": record.name,
            "text": formatter.format(record),  # with its traceback, if it has one
        }
        self._write(told)

    def _alone(self, event: Event) -> None:
        self._writer.put(line(event.to_json(), paint_err))

    def _sum(self, event: Event, count: int) -> None:
        self._writer.put(sum_line(event.to_json(), count, paint_err))

    def _whole(self, event: Event) -> None:
        """The event with what only its message knows: each check, or the real Hub's log line."""
        told = event.to_json()
        entry = self._entry(told.get("id"))
        if entry is not None and self._wanted.log is LogFormat.JSON:
            told["sha256"] = base64.b64encode(hashlib.sha256(entry.body).digest()).decode("ascii")
        if entry is not None and self._wanted.verbose and event.kind in _JUDGED:
            for check in _checks(entry):
                self._write(check)
        self._write(told)

    def _entry(self, entry_id: object) -> Entry | None:
        if self._journal is None or not isinstance(entry_id, str):
            return None
        return self._journal.get(entry_id)

    def _write(self, told: Mapping[str, Any]) -> None:
        if self._wanted.log is LogFormat.JSON:
            self._writer.put(json.dumps(told, ensure_ascii=False))
        else:
            self._writer.put(line(told, paint_err))


class _Handler(logging.Handler):
    """Hands what is logged to the terminal."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(logging.WARNING)
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        self._terminal.warn(record)


def _checks(entry: Entry) -> Iterator[dict[str, Any]]:
    for step, at, detail in entry.trace:
        yield {
            "at": utc_text(at),
            "kind": "check",
            "level": "info",
            "id": entry.id,
            "step": step,
            "detail": detail,
        }


def _is_stderr(log: Path) -> bool:
    try:
        return os.path.samestat(log.stat(), os.fstat(sys.stderr.fileno()))
    except (OSError, ValueError):
        return False
