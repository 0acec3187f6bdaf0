"""A message whose frames are all there: method, content header and one body frame, read as one.

Almost all messages come like this. Whatever is unusual about them (more frames, damage, another
channel in between) is no verdict here but left to the reading frame by frame, which knows the
rules.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final, TypeAlias

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.text import exact

__all__ = ["CompletePublish", "complete_publish", "decode_publish"]

CompletePublish: TypeAlias = tuple[int, str, str, int, bytes, bytes]
"""A basic.publish with its content: channel, exchange, routing key, bits, raw properties, body."""

_METHOD: Final = 1
_HEADER: Final = 2
_BODY: Final = 3
_END: Final = 0xCE
_BASIC: Final = 60
_PUBLISH: Final = b"\x00\x3c\x00\x28"
_CONTENT_FIXED: Final = 14

_CONTENT_HEAD = struct.Struct(">BBHIHHQ")
"""End of the frame before; type, channel, size; class, weight, size of the body."""
_BODY_HEAD = struct.Struct(">BBHI")
"""End of the frame before; type, channel, size."""
_FRAME_HEAD = struct.Struct(">BHI")
"""Type, channel, size."""


def complete_publish(buffer: bytes, start: int, limit: int) -> tuple[CompletePublish, int] | None:
    """The message that begins at `start`, and the position after it; `None` if there is none.

    `limit` is the largest payload of a frame.
    """
    if buffer[start + 7 : start + 11] != _PUBLISH:
        return None
    try:
        kind, channel, method = _FRAME_HEAD.unpack_from(buffer, start)
        head = start + 8 + method
        end, header, on, size, class_id, weight, length = _CONTENT_HEAD.unpack_from(
            buffer, head - 1
        )
        body = after = head + 8 + size
        if (
            kind != _METHOD
            or method > limit
            or end != _END
            or header != _HEADER
            or on != channel
            or not _CONTENT_FIXED <= size <= limit
            or class_id != _BASIC
            or weight
        ):
            return None
        if length:
            end, kind, on, size = _BODY_HEAD.unpack_from(buffer, body - 1)
            after = body + 8 + length
            if end != _END or kind != _BODY or on != channel or not size == length <= limit:
                return None
        if buffer[after - 1] != _END:
            return None
        exchange, key, bits = decode_publish(buffer[start + 7 : head - 1])
    except (IndexError, struct.error, MalformedError):
        return None
    message = (
        channel,
        exchange,
        key,
        bits,
        buffer[head + 19 : body - 1],
        buffer[body + 7 : after - 1] if length else b"",
    )
    return message, after


@lru_cache(maxsize=1024)
def decode_publish(payload: bytes) -> tuple[str, str, int]:
    """Exchange, routing key and bits (1 mandatory, 2 immediate) of a basic.publish.

    Remembered, for publishers say the same few over and over. What is remembered is short: a
    payload longer than its fields can be is refused.

    Raises:
        MalformedError: the fields do not fit the payload exactly.
    """
    try:
        start = 7
        end = start + payload[6]
        exchange = payload[start:end]
        start = end + 1
        end = start + payload[end]
        bits = payload[end]
    except IndexError:
        raise MalformedError("basic.publish is truncated") from None
    if end + 1 != len(payload):
        raise MalformedError("basic.publish is followed by other octets")
    return exact(exchange), exact(payload[start:end]), bits
