"""Files that are only ever seen whole."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["write_atomically"]


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put `content` at `path` so that a reader sees the old or the new file, never half.

    The mode is `mode` whatever the umask; a symbolic link at `path` is replaced, not followed.

    Raises:
        OSError: it cannot be written, with the name; nothing is left behind.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            file.write(content)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        error.filename = error.filename or str(path)
        raise
