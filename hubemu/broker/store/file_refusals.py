"""Why a state file is refused, in words that say how to go on; it is left as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hubemu.broker.store import schema
from hubemu.broker.store.room import is_full
from hubemu.errors import FULL_DISK, InputError, StartError

__all__ = ["FILE_NAME", "FileRefusals"]

FILE_NAME: Final = "broker.sqlite"
_MAGIC: Final = b"SQLite format 3\0"
_FORMAT_AT: Final = slice(60, 64)
_APPLICATION_AT: Final = slice(68, 72)
_HEADER_SIZE: Final = 100
_UNUSABLE: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
    }
)
"""What SQLite says of a disk or a folder, not of the file's content."""


class FileRefusals:
    """The refusals of the state file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check_header(self) -> None:
        """Make sure that it is a state file of this format, without SQLite.

        Raises:
            StartError: it is no state file.
            InputError: it is of another format.
        """
        with self._path.open("rb") as file:
            header = file.read(_HEADER_SIZE)
        application = int.from_bytes(header[_APPLICATION_AT])
        if not header.startswith(_MAGIC) or application != schema.APPLICATION_ID:
            raise self.damaged("not a state file")
        found = int.from_bytes(header[_FORMAT_AT])
        if found != schema.FORMAT:
            raise InputError(
                self._path,
                f"format {found} of another hubemu (this one reads {schema.FORMAT}); it is left as "
                "it is: use the hubemu that wrote it, or another --home",
            )

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what goes wrong inside into a refusal.

        Raises:
            InputError: the system does not let it be used.
            StartError: it is damaged, another process has it, or the disk is full.
        """
        try:
            yield
        except OSError as error:
            if error.errno in FULL_DISK:
                raise self._no_room() from None
            raise InputError(self._path, f"cannot be used: {error.strerror}") from None
        except sqlite3.OperationalError as error:
            raise self._refused(error) from error
        except (sqlite3.Error, LookupError, ValueError, TypeError) as error:
            raise self.damaged(error) from error

    def _refused(self, error: sqlite3.OperationalError) -> StartError:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if "locked" in str(error):
            return StartError(
                f"{self._path}: another broker keeps its state here; use another --home"
            )
        if primary == sqlite3.SQLITE_FULL or (primary in _UNUSABLE and is_full(self._path.parent)):
            return self._no_room()
        if primary in _UNUSABLE:
            return StartError(
                f"{self._path}: cannot be used ({error}); see to the rights on its folder and to "
                "its disk, or use another --home"
            )
        return self.damaged(error)

    def _no_room(self) -> StartError:
        return StartError(
            f"{self._path}: the disk is full, nothing can be written; make room there, or use "
            "another --home on another disk"
        )

    def damaged(self, why: object) -> StartError:
        """The refusal of a file whose content is not as it was written."""
        return StartError(
            f"{self._path}: damaged ({why}); it is left as it is: put back a copy, move it and "
            f"{FILE_NAME}-wal elsewhere to start empty, or use another --home"
        )
