"""How an empty state file comes to be: whole, or not at all."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from hubemu.broker.store import schema

__all__ = ["PAGE_SIZE", "ensure_file"]

PAGE_SIZE: Final = 16384
"""Measured: messages of 3 to 4 KB fill pages of half the size badly."""


def ensure_file(folder: Path, path: Path) -> None:
    """Have an empty state file at `path`, unless there is one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(scratch, isolation_level=None)
    try:
        _make_tables(connection)
    finally:
        connection.close()
    scratch.replace(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Have the names in `folder` survive a power cut, where a folder can be synced."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _make_tables(connection: sqlite3.Connection) -> None:
    settings: dict[str, Any] = {
        "page_size": PAGE_SIZE,
        "auto_vacuum": "INCREMENTAL",
        "application_id": schema.APPLICATION_ID,
        "user_version": schema.FORMAT,
        "synchronous": "FULL",
    }
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.execute("BEGIN")
    for statement in schema.TABLES:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
