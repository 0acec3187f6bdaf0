"""Who owns a folder: locks of the operating system, which die with the process that holds them.

1. `lock` is held by the owner. Whoever only looks takes it shared, so that two who look do not
   take each other for an owner.
2. `owner` names the owner's process. Only the holder of `lock` writes it, and locks it when it is
   written: what stands in a locked `owner` is the holder's, never a dead owner's.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

__all__ = ["Owner", "Ownership"]

_PATIENCE = 0.2
"""Seconds that somebody who looks may be in the way; it takes microseconds."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: its number, and the space of numbers that it belongs to (of a container, say)."""

    pid: int
    space: str

    @classmethod
    def this_process(cls) -> Owner:
        """This process."""
        return cls(os.getpid(), _space())

    @property
    def is_reachable(self) -> bool:
        """Whether its number means the same process here."""
        return self.space == _space()


class Ownership:
    """The right to a folder, for one process at a time."""

    def __init__(self, folder: Path) -> None:
        self._lock_file = folder / "lock"
        self._owner_file = folder / "owner"
        self._held: list[IO[bytes]] = []

    @property
    def is_ours(self) -> bool:
        """Whether it was taken here and not given up."""
        return bool(self._held)

    def take(self) -> bool:
        """Take it until `give_up`; `False` when another process has it.

        Raises:
            OSError: the folder cannot be written to.
        """
        self._held.append(self._lock_file.open("ab"))
        try:
            taken = _lock_soon(self._held[0]) and self._say_whose()
        except BaseException:
            self.give_up()
            raise
        if not taken:
            self.give_up()
        return taken

    def give_up(self) -> None:
        """Let another process have it; safe to call twice."""
        while self._held:
            self._held.pop().close()

    def is_taken(self) -> bool:
        """Whether a process owns the folder, this one or another."""
        return self.is_ours or _is_held(self._lock_file)

    def owner(self) -> Owner | None:
        """The process that owns the folder now, `None` where none does or says so."""
        if not self.is_ours and not _is_held(self._owner_file):
            return None
        try:
            return Owner(**json.loads(self._owner_file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def _say_whose(self) -> bool:
        file = self._owner_file.open("ab")
        self._held.append(file)
        file.truncate(0)
        file.write(json.dumps(asdict(Owner.this_process())).encode())
        file.flush()
        return _lock_soon(file)


def _space() -> str:
    """What tells apart the machines and containers whose processes are numbered separately."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # not Linux: there a container is another machine, whose locks do not reach us
        return ""


def _is_held(path: Path) -> bool:
    """Whether a process has the lock (PermissionError: it is another user's, who lets none see)."""
    try:
        file = path.open(_TO_LOOK)
    except PermissionError:
        raise
    except OSError:
        return False
    with file:
        return not _look(file)


def _lock_soon(file: IO[bytes]) -> bool:
    """Take a lock, waiting out those who only look whether it is taken (microseconds each)."""
    deadline = time.monotonic() + _PATIENCE
    while not _lock(file):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> bool:
        """Take the lock for as long as `file` is open; `False` when another has it."""
        file.seek(_BEYOND)  # a locked octet cannot be read, so it is none of the content
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    _BEYOND = 1 << 20
    _TO_LOOK = "r+b"
    _look = _lock_soon  # there is no shared lock: wait out the others who look
else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        """Take the lock for as long as `file` is open; `False` when another has it."""
        return _flock(file, fcntl.LOCK_EX)

    def _look(file: IO[bytes]) -> bool:
        """Whether nobody has the lock."""
        return _flock(file, fcntl.LOCK_SH)

    _TO_LOOK = "rb"

    def _flock(file: IO[bytes], kind: int) -> bool:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
