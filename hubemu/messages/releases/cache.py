"""Compiled releases kept on disk, named by the hash of everything they were compiled from.

Several processes may read and write at once: files are only ever seen whole, and a damaged or
unwritable cache only costs the time to compile again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from hubemu.files import write_atomically

__all__ = ["digest_of", "recall", "remember"]


def digest_of(files: Iterable[Path]) -> str:
    """One hash of the names and contents of files."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def recall(path: Path) -> dict[str, Any] | None:
    """What was remembered at `path`, None if nothing usable was."""
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None


def remember(path: Path, value: Mapping[str, Any]) -> None:
    """Keep `value` at `path` if that can be done."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, orjson.dumps(value))
