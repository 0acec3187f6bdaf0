"""The end of a log file that its writer rotates."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import BinaryIO

__all__ = ["LogTail"]

_PORTION = 1024 * 1024
"""Octets read at once: a log that grows faster is read later, never left out."""


class LogTail:
    """What comes to a log file from now on, also when another file takes its name.

    Raises:
        OSError: it cannot be read now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("rb")
        self._file.seek(0, os.SEEK_END)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self) -> str:
        """The next characters, a portion at a time; none if nothing has come since."""
        # In this order: a writer that rotates has written to the old file before.
        data = self._file.read(_PORTION)
        if not data and self._replaced():
            data = self._file.read(_PORTION) or self._reopened()
        return self._decoder.decode(data)

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._file.close()

    def _replaced(self) -> bool:
        """Whether the name is another file's by now, or the file was emptied."""
        try:
            named = self._path.stat()
        except OSError:
            return False  # between two files
        own = os.fstat(self._file.fileno())
        return not os.path.samestat(named, own) or named.st_size < self._file.tell()

    def _reopened(self) -> bytes:
        try:
            file = self._path.open("rb")
        except OSError:
            return b""
        self._file.close()
        self._file = file
        return file.read(_PORTION)
