"""A message whose frames are all there: method, content header and one body frame, read as one.

Almost all messages come like this. Whatever is unusual about them (more frames, damage, another
channel in between) is no verdict here but left to the reading frame by frame, which knows the
rules: so nothing in this file decides about right or wrong.
"""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

from hubemu.broker.wire.text import exact

__all__ = ["WholePublish", "whole_publish"]

WholePublish: TypeAlias = tuple[int, str, str, int, bytes, bytes]
"""A basic.publish with its content: channel, exchange, routing key, bits, raw properties, body."""

_METHOD: Final = 1
_HEADER: Final = 2
_BODY: Final = 3
_END: Final = 0xCE
_BASIC: Final = 60
_PUBLISH: Final = b"\x00\x3c\x00\x28"
_CONTENT_FIXED: Final = 14

_PUBLISH_HEAD = struct.Struct(">BHI6xB")
"""Type, channel, size; past ids and ticket, the length of the exchange's name."""
_CONTENT_HEAD = struct.Struct(">BHIHHQ")
"""Type, channel, size; class, weight, size of the body."""
_BODY_HEAD = struct.Struct(">BHI")


def whole_publish(buffer: bytes, start: int, limit: int) -> tuple[WholePublish, int] | None:
    """The message that begins at `start`, and the position after it; `None` if there is none.

    `limit` is the largest payload of a frame.
    """
    if buffer[start + 7 : start + 11] != _PUBLISH:
        return None
    try:
        kind, channel, size, length = _PUBLISH_HEAD.unpack_from(buffer, start)
        key = start + 14 + length
        end = key + 1 + buffer[key]
        head = start + 8 + size
        if kind != _METHOD or size > limit or end + 2 != head or buffer[head - 1] != _END:
            return None
        ends = _content_ends(buffer, head, channel, limit)
    except (IndexError, struct.error):
        return None
    if ends is None:
        return None
    body, after = ends
    message = (
        channel,
        exact(buffer[start + 14 : key]),
        exact(buffer[key + 1 : end]),
        buffer[end],
        buffer[head + 19 : body - 1],
        buffer[body + 7 : after - 1] if after > body else b"",
    )
    return message, after


def _content_ends(buffer: bytes, head: int, channel: int, limit: int) -> tuple[int, int] | None:
    """Where the content header frame that begins at `head` ends, and the body frame after it."""
    kind, on, size, class_id, weight, length = _CONTENT_HEAD.unpack_from(buffer, head)
    end = head + 8 + size
    if (
        kind != _HEADER
        or on != channel
        or not _CONTENT_FIXED <= size <= limit
        or class_id != _BASIC
        or weight
        or buffer[end - 1] != _END
    ):
        return None
    if not length:
        return end, end
    kind, on, size = _BODY_HEAD.unpack_from(buffer, end)
    after = end + 8 + length
    if kind != _BODY or on != channel or not size == length <= limit or buffer[after - 1] != _END:
        return None
    return end, after
