"""Keys that wait to be used, as files of a folder that nobody but this user can enter.

1. A key is taken by one alone: whoever removes its file has it.
2. A folder or file that another could have written, a symbolic link too, is not looked into: it is
   as if there were none.
3. It may be deleted at any time; what cannot be kept is not kept.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["KeyPool"]

_MOST = 300
"""Keys kept: those of four homes at once."""
_LARGEST = 16_384


class KeyPool:
    """The keys in one folder.

    Args:
        folder: made when a key is kept; its parents too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: list[str] = []
        """Files that were there when it was last looked, and are not known to be taken."""
        self._room = 0
        """How many more it takes, as far as is known."""

    def take(self, bits: int) -> bytes | None:
        """A key (PEM) of that size, no longer in the pool; `None`: there is none."""
        with _entered(self._folder) as folder:
            if folder is None:
                return None
            return self._taken_of_seen(bits, folder) or self._taken_of_all(bits, folder)

    def put(self, pem: bytes, bits: int) -> None:
        """Keep a key (PEM), unless there are enough, or it cannot be kept."""
        import hashlib

        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _entered(self._folder) as folder, suppress(OSError):
            if folder is None:
                return
            self._room = self._room or _MOST - len(os.listdir(folder))
            if self._room > 0:
                self._room -= 1
                _write(f"{bits}-{hashlib.sha256(pem).hexdigest()[:32]}.pem", pem, folder)

    def _taken_of_all(self, bits: int, folder: int) -> bytes | None:
        self._seen = _names(folder, bits)
        return self._taken_of_seen(bits, folder)

    def _taken_of_seen(self, bits: int, folder: int) -> bytes | None:
        """One of those that were there when all were listed: that is not done for each."""
        while True:
            try:
                name = self._seen.pop()
            except IndexError:
                return None
            if name.startswith(f"{bits}-") and (pem := _taken(name, folder)) is not None:
                return pem

    def count(self, bits: int) -> int:
        """How many keys of that size there are."""
        with _entered(self._folder) as folder:
            return 0 if folder is None else len(_names(folder, bits))


@contextmanager
def _entered(path: Path) -> Iterator[int | None]:
    """A descriptor of the folder, if it is this user's alone.

    Where there are no such modes (Windows), there is no pool.
    """
    if not hasattr(os, "geteuid"):
        yield None
        return
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield None
        return
    try:
        yield folder if _is_ours(os.fstat(folder)) else None
    finally:
        os.close(folder)


def _names(folder: int, bits: int) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(f"{bits}-")]


def _taken(name: str, folder: int) -> bytes | None:
    """The content of a file, if it was this caller that removed it."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            content = file.read(_LARGEST) if stat.S_ISREG(found.st_mode) else None
        os.unlink(name, dir_fd=folder)
    except OSError:
        return None
    return content if _is_ours(found) else None


def _is_ours(found: os.stat_result) -> bool:
    """Whether this user, and nobody else, can have written it and can read it."""
    return found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077


def _write(name: str, pem: bytes, folder: int) -> None:
    """Write a file that is only ever seen whole (OSError: it cannot be written)."""
    scratch = f".{name}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(scratch, flags, 0o600, dir_fd=folder), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(pem)
        os.rename(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(scratch, dir_fd=folder)
        raise
