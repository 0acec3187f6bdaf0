"""Files that are only ever seen whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["write_atomically"]


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put `content` at `path` so that a reader sees the old or the new file, never half.

    The mode is `mode` whatever the umask; a symbolic link at `path` is replaced, not followed.

    Raises:
        OSError: it cannot be written, with the name; nothing is left behind.
    """
    name = os.fspath(path)
    folder, last = os.path.split(name)
    scratch = os.path.join(folder, f".{last}.{os.getpid()}")
    descriptor = _new(scratch, mode)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
        os.replace(scratch, name)
    except OSError as error:
        with suppress(FileNotFoundError):
            os.unlink(scratch)
        error.filename = error.filename or name
        raise


def _new(path: str, mode: int) -> int:
    """A descriptor of a new file; what an earlier process of this number left there is gone."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return os.open(path, flags, mode)
    except FileExistsError:
        os.unlink(path)
        return os.open(path, flags, mode)
