"""The frames that a client writes and reads most: publish, acknowledge, deliver."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final, NamedTuple

from hubemu.broker.wire.basic import content
from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import METHOD
from hubemu.broker.wire.text import pack_short, text

__all__ = [
    "CHANNEL",
    "DELIVER",
    "RETURN",
    "Delivered",
    "acknowledge",
    "decode_deliver",
    "publish",
    "reject",
]

CHANNEL: Final = 1
"""The one channel of a link."""

DELIVER: Final = b"\x00\x3c\x00\x3c"
RETURN: Final = b"\x00\x3c\x00\x32"
"""Class and method id as they open a payload."""

_HEAD = struct.Struct(">BHI")
_DELIVERY = struct.Struct(">QB")
_SETTLE = struct.Struct(">BHIIQBB")
_ACK_ID: Final = 0x3C0050
_REJECT_ID: Final = 0x3C005A


class Delivered(NamedTuple):
    """A basic.deliver: for which consumer, its tag, and what it was published with."""

    consumer: str
    tag: int
    redelivered: bool
    exchange: str
    routing_key: str


def publish(
    exchange: str, routing_key: str, mandatory: bool, header: bytes, body: bytes, frame_max: int
) -> bytes:
    """A basic.publish with its content; `header` are raw properties."""
    payload = _publish_payload(exchange, routing_key, mandatory)
    head = _HEAD.pack(METHOD, CHANNEL, len(payload))
    return b"%b%b\xce%b" % (head, payload, content(CHANNEL, header, body, frame_max))


@lru_cache(maxsize=4096)
def _publish_payload(exchange: str, routing_key: str, mandatory: bool) -> bytes:
    address = pack_short(exchange) + pack_short(routing_key)
    return b"\x00\x3c\x00\x28\x00\x00%b%b" % (address, b"\x01" if mandatory else b"\x00")


def acknowledge(tag: int) -> bytes:
    """A basic.ack of one delivery."""
    return _SETTLE.pack(METHOD, CHANNEL, 13, _ACK_ID, tag, 0, 0xCE)


def reject(tag: int, *, requeue: bool) -> bytes:
    """A basic.reject of one delivery."""
    return _SETTLE.pack(METHOD, CHANNEL, 13, _REJECT_ID, tag, requeue, 0xCE)


def decode_deliver(payload: bytes) -> Delivered:
    """The fields of a basic.deliver.

    Raises:
        MalformedError: they run past the end of the payload.
    """
    try:
        start = 5 + payload[4]
        consumer = text(payload[5:start])
        tag, redelivered = _DELIVERY.unpack_from(payload, start)
        start += _DELIVERY.size + 1
        end = start + payload[start - 1]
        exchange = text(payload[start:end])
        key = text(payload[end + 1 : end + 1 + payload[end]])
    except (IndexError, struct.error):
        raise MalformedError("basic.deliver is truncated") from None
    return Delivered(consumer, tag, bool(redelivered), exchange, key)
