"""Damage in the middle of a write-ahead log, which SQLite reads as its end.

SQLite takes a log up to the first frame whose checksum is wrong. That is right for the end of a log
that was being written, and wrong for one that was damaged later: what was committed from there on
would be gone without a word. A transaction is written only when the one before is on disk
(`synchronous=FULL`), so that frames of a later transaction behind the end prove damage.

The layout is that of SQLite's file format, sections 4.1 and 4.5 (log) and its WAL-index format.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ["lost_transactions"]

_HEADER: Final = struct.Struct(">IIIIIIII")
"""Magic, format, page size, number of the checkpoint, two salts, two checksums."""
_FRAME: Final = struct.Struct(">IIII")
"""Page, size of the file after a commit or 0, two salts; two checksums and the page follow."""
_FRAME_HEADER_SIZE: Final = 24
_MAGIC: Final = 0x377F0682
"""With 1 added where checksums are of big-endian words."""
_INDEX_LAST_FRAME: Final = slice(16, 20)


def lost_transactions(log: Path, index: Path, page_size: int) -> bool:
    """Whether `log` holds transactions behind the place at which SQLite stops reading it.

    Args:
        log: the file whose name ends in `-wal`; may be missing.
        index: the file `-shm` beside it, while a connection reads: it knows where SQLite stops.
        page_size: octets of a page.
    """
    try:
        last = int.from_bytes(index.read_bytes()[_INDEX_LAST_FRAME], sys.byteorder)
        with log.open("rb") as file:
            return _goes_on(file, last, page_size)
    except FileNotFoundError:
        return False


def _goes_on(file: BinaryIO, last: int, page_size: int) -> bool:
    """Whether a transaction begins after one that ends behind frame `last`."""
    header = file.read(_HEADER.size)
    sound = _is_sound(header)
    first = next(_frames(file, 0, page_size), None)
    if first is None:
        return False
    salts = _HEADER.unpack(header)[4:6] if sound else first[2:4]
    # The header is on disk before the first frame. Frames of other salts are left over from before
    # the log began anew; damaged ones look so too.
    committed = not sound
    for _, size, *found in _frames(file, last, page_size):
        if tuple(found) == salts:
            if committed:
                return True
            committed = size != 0
    return False


def _frames(file: BinaryIO, after: int, page_size: int) -> Iterator[tuple[int, int, int, int]]:
    step = _FRAME_HEADER_SIZE + page_size
    at = _HEADER.size + after * step
    while True:
        file.seek(at)
        frame = file.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            return
        yield _FRAME.unpack(frame)
        at += step


def _is_sound(header: bytes) -> bool:
    """Whether the header is what SQLite wrote: its checksum is right."""
    if len(header) < _HEADER.size:
        return False
    magic, *_, first, second = _HEADER.unpack(header)
    if magic & ~1 != _MAGIC:
        return False
    words = struct.unpack(">6I" if magic & 1 else "<6I", header[:24])
    s0 = s1 = 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        s0 = (s0 + even + s1) & 0xFFFFFFFF
        s1 = (s1 + odd + s0) & 0xFFFFFFFF
    return (s0, s1) == (first, second)
