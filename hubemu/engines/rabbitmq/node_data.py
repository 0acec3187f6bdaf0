"""Where a private node keeps its data, which end with it: in memory, where there is room.

RabbitMQ waits for the disk before it confirms a message, and twice for one that goes through the
Hub. A disk that has something else to write lets it wait 100 ms and more, for nothing here.

The folder in memory has a name that nobody can guess, and `data` in the node's own folder is a link
to it: by that whoever starts a node there next finds what is left of one that could not clean up.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

__all__ = ["ROOM", "make_data_folder", "memory_of", "remove_data"]

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, by mkdtemp
_AVAILABLE: Final = Path("/proc/meminfo")
_PREFIX: Final = "hubemu-rabbitmq-"
ROOM: Final = 2 * 1024**3
"""Octets that must be free there, and in all: some forty times what a node of hubemu's own needs
without messages, so that queues can fill."""


def make_data_folder(folder: Path, *, memory: Path = _MEMORY, room: int = ROOM) -> Path:
    """Make the folder for the data of the node whose own folder is `folder`.

    Args:
        folder: is there; what a node before it left is removed.
        memory: where what is written stays in memory.
        room: octets that must be free.

    Returns:
        The folder: in memory, or `data` itself.
    """
    remove_data(folder)
    data = folder / "data"
    if _free(memory) < room:
        data.mkdir()
        return data
    made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=memory))
    data.symlink_to(made)
    return made


def memory_of(folder: Path) -> Path | None:
    """The folder in memory that the data of a node are in; `None`: they are on the disk."""
    data = folder / "data"
    return data.readlink() if data.is_symlink() else None


def remove_data(folder: Path) -> None:
    """Remove the data of a node that is not up, if there are any. Safe to call twice."""
    data = folder / "data"
    made = memory_of(folder)
    if made is None:
        shutil.rmtree(data, ignore_errors=True)
        return
    if made.name.startswith(_PREFIX) and made.is_dir() and made.stat().st_uid == os.geteuid():
        shutil.rmtree(made, ignore_errors=True)
    data.unlink()


def _free(memory: Path) -> int:
    """Octets that can be written there without taking memory from anybody; 0 where there is none.

    Only Linux says both: a folder of this name elsewhere may be on a disk.
    """
    try:
        there = os.statvfs(memory)
        told = dict(line.split(":", 1) for line in _AVAILABLE.read_text().splitlines())
        available = int(told["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return 0
    return min(there.f_bavail * there.f_frsize, available)
