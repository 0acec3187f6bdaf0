"""What processes cost: processor time and memory, as Linux counts them in /proc."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cpu_seconds", "cpu_seconds_of_all", "descendants", "resident_mib", "resident_of_all"]


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used: unlike a rate, hardly moved by its neighbours."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_of_all(pid: int) -> float:
    """The same of a process and those it started."""
    return sum(cpu_seconds(one) for one in (pid, *descendants(pid)))


def resident_of_all(pid: int) -> str:
    """Resident memory of a process, and of those that it started, such as RabbitMQ."""
    own = f"{resident_mib(pid):.0f} MiB"
    others = sum(resident_mib(one) for one in descendants(pid))
    return f"{own} and {others:.0f} MiB in processes it started" if others else own


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that these started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def resident_mib(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
