"""What processes cost: processor time and memory, on Linux."""

from __future__ import annotations

from hubemu.bench.consumption import processor_seconds, resident_octets

__all__ = ["cpu_seconds", "cpu_seconds_of_all", "resident_mib", "resident_of_all"]


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used: unlike a rate, hardly moved by its neighbours."""
    return _told(processor_seconds(pid, alone=True))


def cpu_seconds_of_all(pid: int) -> float:
    """The same of a process and those it started."""
    return _told(processor_seconds(pid))


def resident_of_all(pid: int) -> str:
    """Resident memory of a process, and of those that it started, such as RabbitMQ."""
    own = resident_mib(pid)
    others = _told(resident_octets(pid)) / 2**20 - own
    told = f"{own:.0f} MiB"
    return f"{told} and {others:.0f} MiB in processes it started" if others >= 1 else told


def resident_mib(pid: int) -> float:
    """Resident memory of a process in MiB."""
    return _told(resident_octets(pid, alone=True)) / 2**20


def _told(figure: float | None) -> float:
    if figure is None:
        raise SystemExit("the process has ended, or this system has no /proc: measure on Linux")
    return figure
