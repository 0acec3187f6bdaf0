"""The processor time of a Hub, which its neighbours on the machine move far less than its rates."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["processor_seconds"]


def processor_seconds(pid: int) -> float | None:
    """What a process and those that it started have used so far; `None` where only Linux tells."""
    try:
        return sum(map(_seconds, (pid, *_descendants(pid))))
    except OSError:
        return None


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("utf-8").split():
            yield int(child)
            yield from _descendants(int(child))
