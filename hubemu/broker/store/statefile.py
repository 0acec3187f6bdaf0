"""The state file: made whole, read before it is written to, and refused as it is.

Rules:
1. A file that is damaged, or of another format, is never written to: it is first read, whole, by a
   connection that cannot write.
2. One process has it at a time.
3. A transaction that is committed survives a kill and, as far as the disk keeps its word, a power
   cut: the log is synced at every commit (`synchronous=FULL`).
4. Room comes back: what is free in the file is given back to the disk when it is most of the file
   or the disk is low, and the log is cut after a write that failed.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import starmap
from pathlib import Path
from typing import Final

from hubemu.broker.store import schema
from hubemu.broker.store.batch import Batch
from hubemu.broker.store.file_refusals import FILE_NAME, FileRefusals
from hubemu.broker.store.logcheck import lost_transactions
from hubemu.broker.store.new_file import PAGE_SIZE, ensure_file
from hubemu.broker.store.room import Room, room_of
from hubemu.broker.store.rows import column, going_row, message_row

__all__ = ["FILE_NAME", "StateFile"]

_LOG = logging.getLogger(__name__)

_LOG_PAGES: Final = 2048
"""The log grows to so many pages (32 MiB) at most before they are taken over into the file."""
_SPARE_PAGES: Final = 1024
"""So many free pages (16 MiB) are left in the file, to be used again, while the disk has room."""
_STEPS: Final = 8
"""How often in a row room is given back before others have their turn."""
_MOST_EMPTIED = 4_000
"""So many messages of a queue that is gone are deleted in one transaction: others wait for it."""
_LOCK_SECONDS: Final = 2.0
"""A process that was just killed may need a moment to let go."""


class StateFile:
    """The file in `folder`, which is made if it is not there.

    Raises:
        InputError: the folder cannot be used, or the file is of another format.
        StartError: the file is damaged, the disk is full, or another broker has it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder.absolute() / FILE_NAME
        self._refusals = FileRefusals(self.path)
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self.low = False
        """Whether there was too little room at the last `write`."""
        self._shrinks = False
        self._log_pages = _LOG_PAGES
        with self._refusals.told():
            ensure_file(folder, self.path)
            self._refusals.check_header()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what goes wrong while the content is read into a refusal, and let go of the file."""
        try:
            with self._refusals.told():
                yield
        except BaseException:
            self.close(clean=False)
            raise

    def rows(self, query: str) -> sqlite3.Cursor:
        """What a query of `schema` gives. Use it in `reading`."""
        if self._reader is None:
            self._reader = self._connect(f"{self.path.as_uri()}?mode=ro")
        return self._reader.execute(query)

    def check(self) -> None:
        """Make sure that neither file nor log was damaged. Use it in `reading`.

        Raises:
            StartError: pages do not fit together, or the log holds what SQLite would leave out.
        """
        (found,) = self.rows("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self._refusals.damaged(" ".join(found.split()))
        log, index = (self.path.with_name(f"{FILE_NAME}{end}") for end in ("-wal", "-shm"))
        if lost_transactions(log, index, PAGE_SIZE):
            raise self._refusals.damaged(f"{log.name} cannot be read to its end")

    def begin(self) -> None:
        """Read no more; write from now on. Use it in `reading`."""
        self._close_reader()
        self._writer = writer = self._connect(self.path.as_uri())
        self._log_pages = pages = min(_LOG_PAGES, max(2, self.room().log_limit // PAGE_SIZE))
        for setting in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            "synchronous = FULL",
            # Where it is on, what is deleted is overwritten first, and needs room in the log.
            "secure_delete = OFF",
            f"wal_autocheckpoint = {pages}",
            f"journal_size_limit = {pages * PAGE_SIZE}",
        ):
            writer.execute(f"PRAGMA {setting}")
        self._shrinks = self._number("auto_vacuum") != 0
        writer.execute(schema.SET_CLEAN, (0,))

    def write(self, batch: Batch) -> None:
        """Begin a transaction and write a batch in it; `commit` or `roll_back` ends it.

        Raises:
            sqlite3.Error: it cannot be written.
            OSError: it would fill the disk: first the log takes its room, then the file.
        """
        writer, room = self._connection, self.room()
        self.low = room.low
        if room.scarce and (weight := batch.weight) and room.free < 2 * weight + room.limit // 2:
            raise OSError(f"{weight / 1e6:.1f} MB of messages would fill the disk: {room}")
        writer.execute("BEGIN IMMEDIATE")
        for statement, values in batch.objects:
            writer.execute(statement, [column(v) if isinstance(v, str) else v for v in values])
        writer.executemany(schema.FORGET_MESSAGES, _runs(batch.removed))
        writer.executemany(schema.RETURN_MESSAGE, batch.returned)
        writer.executemany(schema.ADD_MESSAGE, starmap(message_row, batch.added.items()))
        batch.rest = [(first, last) for first, last in batch.emptied if self._empty(first, last)]

    def _empty(self, first: int, last: int) -> bool:
        """Delete messages of a queue that is gone; whether there may be more."""
        writer, going = self._connection, going_row(first >> schema.QUEUE_SHIFT)
        values = {"first": first, "last": last, "most": _MOST_EMPTIED}
        if writer.execute(schema.FORGET_FIRST, values).rowcount < _MOST_EMPTIED:
            writer.execute(schema.FORGET_QUEUE, (going.vhost, going.name))
            return False
        writer.execute(schema.PUT_QUEUE, going)
        return True

    def commit(self) -> None:
        """Have what was written survive. Takes the time of a disk; any thread may call it.

        Raises:
            sqlite3.Error: it cannot be done.
        """
        self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        """Take back what was written and not committed, and have the room of log and free pages."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        with suppress(sqlite3.Error, OSError):
            self._cut_log()
            self.shrink()

    def room(self) -> Room:
        """What may still be written: free on the disk, and in the file where it cannot shrink.

        Raises:
            OSError: the disk cannot be asked.
            sqlite3.Error: neither can the file.
        """
        room = room_of(self.path.parent)
        if self._shrinks or self._writer is None or not room.low:
            return room
        return Room(room.free + self._number("freelist_count") * PAGE_SIZE, room.limit)

    def shrink(self) -> None:
        """Give some free pages back: all of them if the disk has little, else when most are free.

        Takes the time of a disk; any thread may call it, between transactions.

        Raises:
            OSError: the disk cannot be asked.
            sqlite3.Error: it cannot be done.
        """
        room = room_of(self.path.parent)
        spare = 0 if room.scarce else max(_SPARE_PAGES, self._number("page_count") // 2)
        for _ in range(_STEPS if self._shrinks else 0):
            if self._number("freelist_count") <= spare:
                break
            # Not `execute`: it makes one step of many.
            self._connection.executescript(f"PRAGMA incremental_vacuum({self._log_pages // 2})")
            self._cut_log()
        if room.low:
            self._cut_log()

    def close(self, *, clean: bool) -> None:
        """Let go of the file; `clean` if it holds everything there was. Idempotent."""
        self._close_reader()
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            if clean:
                writer.execute(schema.SET_CLEAN, (1,))
        except sqlite3.Error as error:
            _LOG.warning(
                "%s: not closed cleanly (%s): all comes again as redelivered", self.path, error
            )
        finally:
            writer.close()

    def _cut_log(self) -> None:
        """Take the log over into the file, as far as there is room, and leave it empty."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

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


def _runs(ids: Iterable[tuple[int]]) -> Iterator[tuple[int, int]]:
    """First and last of those that follow each other: one statement for each run."""
    first = last = -1
    for (id_,) in ids:
        if id_ != last + 1:
            if last >= 0:
                yield first, last
            first = id_
        last = id_
    if last >= 0:
        yield first, last
