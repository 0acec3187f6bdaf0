"""Files from outside, which must not hold up or fill who reads them: pipes, devices, gigabytes."""

from __future__ import annotations

import os
import select
import stat
from pathlib import Path
from typing import BinaryIO

from hubemu.errors import InputError

__all__ = ["read_bounded", "read_stream"]

_PATIENCE_MS = 1_000
"""How long nothing may come out of a pipe."""
_PIECE = 65_536


def read_bounded(path: Path, limit: int, *, pipes: bool = False) -> bytes:
    """The content of a file from outside, of at most `limit` bytes.

    Args:
        path: of a regular file.
        limit: in bytes.
        pipes: whether it may be a pipe too, such as a shell's `<(command)`.

    Raises:
        InputError: it is absent, unreadable, too large, no file, or a pipe that nobody fills.
    """
    try:
        # Without O_NONBLOCK the mere opening of a pipe waits for somebody who writes.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            mode = os.fstat(descriptor).st_mode
            if pipes and stat.S_ISFIFO(mode):
                return _read_pipe(path, descriptor, limit)
            if not stat.S_ISREG(mode):
                raise InputError(path, "not a file: a folder, a device or a pipe")
            return read_stream(path, file, limit)
    except OSError as error:
        raise InputError(path, (error.strerror or str(error)).lower()) from None


def read_stream(source: object, stream: BinaryIO, limit: int) -> bytes:
    """All that comes out of a stream, of at most `limit` bytes; `source` names it in errors.

    Raises:
        InputError: there is more.
    """
    content = bytearray()
    while piece := stream.read(_PIECE):
        content += piece
        _check(source, content, limit)
    return bytes(content)


def _read_pipe(path: Path, descriptor: int, limit: int) -> bytes:
    content = bytearray()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        if not poll.poll(_PATIENCE_MS):
            raise InputError(path, "a pipe into which nothing was written for 1 s: write a file")
        piece = os.read(descriptor, _PIECE)
        if not piece:
            return bytes(content)
        content += piece
        _check(path, content, limit)


def _check(source: object, content: bytearray, limit: int) -> None:
    if len(content) > limit:
        raise InputError(source, f"has more than the {limit} bytes allowed here")
