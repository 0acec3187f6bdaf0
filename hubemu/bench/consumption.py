"""What a Hub takes of its machine, which the neighbours there move far less than its rates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["processor_seconds", "resident_octets"]


def processor_seconds(pid: int, *, alone: bool = False) -> float | None:
    """What a process has used so far, with those that it started; `None` where it is not told.

    Args:
        pid: of the process.
        alone: without those that it started.
    """
    return _of_all(pid, _seconds, alone=alone)


def resident_octets(pid: int, *, alone: bool = False) -> float | None:
    """The memory that a process has now, likewise."""
    return _of_all(pid, _resident, alone=alone)


def _of_all(pid: int, figure: Callable[[int], float], *, alone: bool) -> float | None:
    try:
        return sum(map(figure, (pid,) if alone else (pid, *_descendants(pid))))
    except OSError:  # Linux only has /proc
        return None


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("utf-8").split():
            yield int(child)
            yield from _descendants(int(child))
