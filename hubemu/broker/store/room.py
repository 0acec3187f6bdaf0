"""How much room a state file has left on its disk, and when that is too little.

Rules:
1. RabbitMQ raises its alarm while less than 50 MB are free (`disk_free_limit`); so do we. On a disk
   so small that this would be most of it, a quarter of the disk is the limit.
2. The write-ahead log is bounded so that all of it fits into what the limit keeps free: it can
   always be taken over into the file, and room comes back when messages are consumed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Room", "is_full", "room_of"]

_LIMIT: Final = 50_000_000
_SMALL_DISK_PART: Final = 4
_SCARCE: Final = 4
_LOG_PART: Final = 0.6
_NOTHING: Final = 1 << 20
"""With less free than this, whatever cannot be written fails for want of room."""


@dataclass(frozen=True, slots=True)
class Room:
    """Octets: `free` on the disk, `limit` below which publishers wait."""

    free: int
    limit: int

    @property
    def low(self) -> bool:
        """Whether publishers have to wait."""
        return self.free < self.limit

    @property
    def scarce(self) -> bool:
        """Whether everything that is not needed is to be given back."""
        return self.free < _SCARCE * self.limit

    @property
    def log_limit(self) -> int:
        """How many octets the write-ahead log may grow to."""
        return int(self.limit * _LOG_PART)

    def __str__(self) -> str:
        return f"{self.free / 1e6:.1f} MB free, {self.limit / 1e6:.1f} MB needed"


def room_of(folder: Path) -> Room:
    """What the disk of `folder` has.

    Raises:
        OSError: it cannot be asked.
    """
    disk = shutil.disk_usage(folder)
    return Room(disk.free, min(_LIMIT, disk.total // _SMALL_DISK_PART))


def is_full(folder: Path) -> bool:
    """Whether the disk of `folder`, which may not be there any more, has next to nothing left."""
    try:
        return shutil.disk_usage(folder).free < _NOTHING
    except OSError:
        return False
