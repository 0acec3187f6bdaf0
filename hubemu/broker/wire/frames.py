"""Frames: type, channel, size, payload and the end octet.

A `FrameReader` is the only store of bytes that came and were not handled yet. It gives one frame
at a time, so that the broker's verdict on a frame is known before the next one is looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Container
from typing import Final, TypeAlias

from hubemu.broker.wire.errors import FrameError
from hubemu.broker.wire.publish import CompletePublish, complete_publish

__all__ = [
    "BODY",
    "END",
    "HEADER",
    "HEARTBEAT",
    "HEARTBEAT_FRAME",
    "METHOD",
    "OVERHEAD",
    "FrameReader",
    "RawFrame",
    "frame",
    "method_frame",
]

METHOD: Final = 1
HEADER: Final = 2
BODY: Final = 3
HEARTBEAT: Final = 8

END: Final = 0xCE
OVERHEAD: Final = 8
"""Octets of a frame beside its payload: seven before, one after."""

_HEAD = struct.Struct(">BHI")
_ACK = struct.Struct(">BHIIQBB")
"""A whole frame with a basic.ack."""
_ACK_ID: Final = b"\x00\x3c\x00\x50"

RawFrame: TypeAlias = tuple[int, int, bytes]
"""One frame that came: its type, channel and payload."""


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    return b"%b%b\xce" % (_HEAD.pack(kind, channel, len(payload)), payload)


def method_frame(channel: int, payload: bytes) -> bytes:
    """The bytes of a method frame."""
    return frame(METHOD, channel, payload)


HEARTBEAT_FRAME: Final = frame(HEARTBEAT, 0, b"")


class FrameReader:
    """Bytes in, whole frames out.

    Args:
        frame_max: the largest frame allowed; 0 for no limit. Like RabbitMQ, the payload alone may
            be as large as this.
    """

    __slots__ = ("_buffer", "_position", "frame_max")

    def __init__(self, frame_max: int) -> None:
        self.frame_max = frame_max
        self._buffer = b""
        self._position = 0

    def feed(self, data: bytes) -> None:
        """Add what came from the socket."""
        if self._position < len(self._buffer):
            self._buffer = self._buffer[self._position :] + data
        else:
            self._buffer = data
        self._position = 0

    @property
    def pending(self) -> int:
        """Octets that came and were not handled yet."""
        return len(self._buffer) - self._position

    def take(self, size: int) -> bytes | None:
        """The next `size` octets as they are, `None` until they are there."""
        start = self._position
        if len(self._buffer) - start < size:
            return None
        self._position = start + size
        return self._buffer[start : self._position]

    def next(self) -> RawFrame | None:
        """The next whole frame, `None` until it is there.

        Raises:
            FrameError: the frame is larger than allowed, or does not end with its end octet.
        """
        buffer = self._buffer
        start = self._position + 7
        if start > len(buffer):
            return None
        kind, channel, size = _HEAD.unpack_from(buffer, self._position)
        if size > self.frame_max > 0:
            problem = f"{{frame_too_large,{size},{self.frame_max - OVERHEAD}}}"
            raise FrameError(problem, kind, channel, b"")
        end = start + size
        if end >= len(buffer):
            return None
        payload = buffer[start:end]
        if buffer[end] != END:
            problem = f"{{invalid_frame_end_marker,{buffer[end]}}}"
            raise FrameError(problem, kind, channel, payload)
        self._position = end + 1
        return kind, channel, payload

    def next_publish(self, channels: Container[int]) -> CompletePublish | None:
        """The next message, if whole and in one body frame; `None` is no verdict: use `next`.

        `channels` are those that take messages now; on others each frame has to be judged.
        """
        buffer = self._buffer
        found = complete_publish(buffer, self._position, self.frame_max or len(buffer))
        if found is None or found[0][0] not in channels:
            return None
        message, self._position = found
        return message

    def next_ack(self, channels: Container[int]) -> tuple[int, int, int] | None:
        """Channel, delivery tag and bits of the next frame, if it is a basic.ack, as most frames
        of clients that consume are; for `channels` and `None` see `next_publish`."""
        buffer, start = self._buffer, self._position
        if buffer[start + 7 : start + 11] != _ACK_ID or len(buffer) < start + _ACK.size:
            return None
        kind, channel, size, _, tag, bits, end = _ACK.unpack_from(buffer, start)
        if kind != METHOD or size != _ACK.size - OVERHEAD or end != END or channel not in channels:
            return None
        self._position = start + _ACK.size
        return channel, tag, bits

    def clear(self) -> None:
        """Forget what came and was not handled."""
        self._buffer = b""
        self._position = 0
