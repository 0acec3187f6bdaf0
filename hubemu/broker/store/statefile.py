"""The state file: made whole, read before it is written to, and refused as it is.

Rules:
1. A file that is damaged, or of another format, is never written to: it is first read, whole, by a
   connection that cannot write.
2. One process has it at a time.
3. A transaction that is committed survives a kill and, as far as the disk keeps its word, a power
   cut: the log is synced at every commit (`synchronous=FULL`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import starmap
from pathlib import Path
from typing import Any, Final

from hubemu.broker.store import schema
from hubemu.broker.store.batch import Batch
from hubemu.broker.store.rows import column, message_row
from hubemu.errors import InputError, StartError

__all__ = ["FILE_NAME", "StateFile"]

FILE_NAME: Final = "broker.sqlite"
_MAGIC: Final = b"SQLite format 3\0"
_FORMAT_AT: Final = slice(60, 64)
_APPLICATION_AT: Final = slice(68, 72)
_HEADER_SIZE: Final = 100
_PAGE_SIZE: Final = 16384
"""Measured: messages of 3 to 4 KB fill pages of half the size badly."""
_LOG_PAGES: Final = 2048
"""The log grows to so many pages (32 MiB) before they are taken over into the file."""
_LOCK_SECONDS: Final = 2.0
"""A process that was just killed may need a moment to let go."""


class StateFile:
    """The file in `folder`, which is made if it is not there.

    Raises:
        InputError: it cannot be read or made, is damaged, or is of another format.
        StartError: another broker has it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder.absolute() / FILE_NAME
        try:
            _ensure(folder, self.path)
            self._check_header()
        except OSError as error:
            raise InputError(self.path, f"cannot be used: {error.strerror}") from None
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what goes wrong while the content is read into a refusal, and let go of the file."""
        try:
            with self._refusing():
                yield
        except BaseException:
            self.close(clean=False)
            raise

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StartError(
                    f"{self.path}: another broker keeps its state here; use another --home"
                ) from None
            raise self._damaged(error) from error
        except (sqlite3.Error, LookupError, ValueError, TypeError) as error:
            raise self._damaged(error) from error

    def rows(self, query: str) -> sqlite3.Cursor:
        """What a query of `schema` gives. Use it in `reading`."""
        if self._reader is None:
            self._reader = self._connect(f"{self.path.as_uri()}?mode=ro")
        return self._reader.execute(query)

    def begin(self) -> None:
        """Read no more; write from now on. Use it in `reading`."""
        self._close_reader()
        self._writer = writer = self._connect(self.path.as_uri())
        for setting in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            "synchronous = FULL",
            f"wal_autocheckpoint = {_LOG_PAGES}",
            f"journal_size_limit = {2 * _LOG_PAGES * _PAGE_SIZE}",
        ):
            writer.execute(f"PRAGMA {setting}")
        writer.execute(schema.SET_CLEAN, (0,))

    def write(self, batch: Batch) -> None:
        """Begin a transaction and write a batch in it; `commit` or `roll_back` ends it.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        writer = self._connection
        writer.execute("BEGIN IMMEDIATE")
        for statement, values in batch.objects:
            writer.execute(statement, [column(v) if isinstance(v, str) else v for v in values])
        writer.executemany(schema.FORGET_MESSAGE, batch.removed)
        writer.executemany(schema.RETURN_MESSAGE, batch.returned)
        writer.executemany(schema.ADD_MESSAGE, starmap(message_row, batch.added.items()))
        writer.executemany(schema.FORGET_MESSAGES, batch.emptied)

    def commit(self) -> None:
        """Have what was written survive. Takes the time of a disk; any thread may call it.

        Raises:
            sqlite3.Error: it cannot be done.
        """
        self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        """Take back what was written and not committed."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self, *, clean: bool) -> None:
        """Let go of the file; `clean` if it holds everything there was. Idempotent."""
        self._close_reader()
        writer, self._writer = self._writer, None
        if writer is not None:
            if clean:
                writer.execute(schema.SET_CLEAN, (1,))
            writer.close()

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._writer is None:
            raise RuntimeError("the state file is not open for writing")
        return self._writer

    def _connect(self, uri: str) -> sqlite3.Connection:
        return sqlite3.connect(
            uri, uri=True, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
        )

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _check_header(self) -> None:
        with self.path.open("rb") as file:
            header = file.read(_HEADER_SIZE)
        application = int.from_bytes(header[_APPLICATION_AT])
        if not header.startswith(_MAGIC) or application != schema.APPLICATION_ID:
            raise self._damaged("not a state file")
        found = int.from_bytes(header[_FORMAT_AT])
        if found != schema.FORMAT:
            raise InputError(
                self.path,
                f"format {found} of another hubemu (this one reads {schema.FORMAT}); it is left as "
                "it is: use the hubemu that wrote it, or another --home",
            )

    def _damaged(self, why: object) -> InputError:
        return InputError(
            self.path,
            f"damaged ({why}); it is left as it is: put back a copy, move it and "
            f"{FILE_NAME}-wal elsewhere to start empty, or use another --home",
        )


def _ensure(folder: Path, path: Path) -> None:
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
        "page_size": _PAGE_SIZE,
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
