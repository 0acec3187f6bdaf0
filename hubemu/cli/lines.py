"""Lines written beside the Hub's work: a slow terminal, or a full disk, never holds it up.

Rules:
1. `put` never waits; what waits to be written is bounded, and what had to be left out is counted.
2. A log file of ours is bounded: at `MAX_LOG` octets it becomes `<name>.1`, and begins anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections import deque
from pathlib import Path
from typing import TextIO

__all__ = ["MAX_LOG", "LineWriter"]

MAX_LOG = 10 * 1024 * 1024
"""Octets of a log; as many again are kept of the one before."""
_PENDING = 10_000
_PATIENCE = 2.0
"""Seconds that what waits has to be written at the end."""


class LineWriter:
    """Writes lines to stderr in a thread of its own; close it at the end.

    Args:
        log: the file that stderr is, where it is a log of ours that must be bounded.
        stream: where the lines go; stderr by default.
    """

    def __init__(
        self, log: Path | None = None, stream: TextIO | None = None, max_log: int = MAX_LOG
    ) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._log = log
        self._max_log = max_log
        self._pending: deque[str] = deque()
        self._left_out = 0
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="hubemu-lines", daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Have a line written."""
        with self._changed:
            if len(self._pending) >= _PENDING:
                self._left_out += 1
                return
            self._pending.append(line)
            self._changed.notify()

    def close(self) -> None:
        """Write what waits, for a moment at most, and end."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while lines := self._take():
            # Nobody reads any more, the disk is full, or whatever it is: the Hub goes on, and the
            # next lines are tried again. (It cannot be logged: the log comes here.)
            with contextlib.suppress(Exception):
                self._bound()
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()

    def _take(self) -> list[str]:
        with self._changed:
            while not (self._pending or self._ended):
                self._changed.wait()
            lines = list(self._pending)
            self._pending.clear()
            if self._left_out:
                lines.append(f"({self._left_out:,} lines were left out: they came too fast)")
                self._left_out = 0
            return lines

    def _bound(self) -> None:
        if self._log is None or self._log.stat().st_size < self._max_log:
            return
        shutil.copyfile(self._log, self._log.with_name(self._log.name + ".1"))
        os.truncate(self._log, 0)
