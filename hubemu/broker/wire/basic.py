"""The methods every message passes through, written out by hand.

A publish or a delivery through the general codec costs ten times what it costs here; the tests
compare both. Nothing in this file knows what the bytes mean to a broker.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import BODY, END, HEADER, METHOD, OVERHEAD
from hubemu.broker.wire.text import pack_short

__all__ = [
    "ACK",
    "BASIC",
    "NACK",
    "PUBLISH",
    "REJECT",
    "content",
    "decode_ack",
    "decode_header",
    "deliver",
    "get_ok",
    "publisher_ack",
    "publisher_nack",
    "returned",
]

BASIC: Final = 60
PUBLISH: Final = b"\x00\x3c\x00\x28"
ACK: Final = b"\x00\x3c\x00\x50"
REJECT: Final = b"\x00\x3c\x00\x5a"
NACK: Final = b"\x00\x3c\x00\x78"

_HEAD = struct.Struct(">BHI")
_DELIVER = struct.Struct(">QB")
_GET_OK = struct.Struct(">BHIIQB")
_RETURN = struct.Struct(">BHIIH")
_CONFIRM = struct.Struct(">BHIIQBB")
_BODY = struct.Struct(">BBHI")
"""The end of a frame, and a body frame up to its payload."""
_CONTENT = struct.Struct(">BHIHHQ")
_TAG = struct.Struct(">QB")
_SIZE = struct.Struct(">HHQ")

_DELIVER_ID: Final = b"\x00\x3c\x00\x3c"
_GET_OK_ID: Final = 0x3C0047
_RETURN_ID: Final = 0x3C0032
_ACK_ID: Final = 0x3C0050
_NACK_ID: Final = 0x3C0078
_REQUEUE: Final = 2

_TAG_SIZE: Final = 13
_HEADER_SIZE: Final = 12


def decode_ack(payload: bytes) -> tuple[int, int]:
    """Delivery tag and bits of a basic.ack, basic.reject or basic.nack.

    Raises:
        MalformedError: the fields do not fit the payload exactly.
    """
    if len(payload) != _TAG_SIZE:
        raise MalformedError("a delivery tag and an octet of bits are nine octets")
    tag, bits = _TAG.unpack_from(payload, 4)
    return tag, bits


def decode_header(payload: bytes) -> tuple[int, int, int, bytes]:
    """Class id, weight, body size and raw properties of a content header.

    Raises:
        MalformedError: shorter than its fixed part.
    """
    if len(payload) < _HEADER_SIZE:
        raise MalformedError("a content header is twelve octets at least")
    class_id, weight, size = _SIZE.unpack_from(payload)
    return class_id, weight, size, payload[12:]


def content(channel: int, raw: bytes, body: bytes, frame_max: int, method: bytes = b"") -> bytes:
    """The header frame and the body frames (none for an empty body) of a message.

    Its `method` frame comes before them, in one piece: a body is copied once.
    """
    size = len(body)
    head = _CONTENT.pack(HEADER, channel, 12 + len(raw), BASIC, 0, size)
    if not size:
        return b"".join((method, head, raw, b"\xce"))
    limit = frame_max - OVERHEAD if frame_max else size
    if size <= limit:
        return b"".join((method, head, raw, _BODY.pack(END, BODY, channel, size), body, b"\xce"))
    parts = [method, head, raw, b"\xce"]
    for start in range(0, size, limit):
        chunk = body[start : start + limit]
        parts += (_HEAD.pack(BODY, channel, len(chunk)), chunk, b"\xce")
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _address(exchange: str, routing_key: str) -> bytes:
    """Exchange and routing key; a broker sends the same few over and over."""
    return pack_short(exchange) + pack_short(routing_key)


@lru_cache(maxsize=4096)
def _deliver_ends(
    channel: int, consumer_tag: str, exchange: str, routing_key: str
) -> tuple[bytes, bytes]:
    """A basic.deliver frame up to its delivery tag, and after its bit."""
    tag, address = pack_short(consumer_tag), _address(exchange, routing_key)
    size = len(_DELIVER_ID) + len(tag) + _DELIVER.size + len(address)
    return _HEAD.pack(METHOD, channel, size) + _DELIVER_ID + tag, address + b"\xce"


def deliver(
    channel: int,
    consumer_tag: str,
    delivery_tag: int,
    redelivered: bool,
    exchange: str,
    routing_key: str,
) -> bytes:
    """A basic.deliver frame; the content follows it."""
    begin, end = _deliver_ends(channel, consumer_tag, exchange, routing_key)
    return begin + _DELIVER.pack(delivery_tag, redelivered) + end


def get_ok(
    channel: int,
    delivery_tag: int,
    redelivered: bool,
    exchange: str,
    routing_key: str,
    message_count: int,
) -> bytes:
    """A basic.get-ok frame; the content follows it."""
    address = _address(exchange, routing_key)
    size = 17 + len(address)
    head = _GET_OK.pack(METHOD, channel, size, _GET_OK_ID, delivery_tag, redelivered)
    return b"%b%b%b\xce" % (head, address, message_count.to_bytes(4))


def returned(channel: int, code: int, reason: str, exchange: str, routing_key: str) -> bytes:
    """A basic.return frame; the content follows it."""
    fields = pack_short(reason) + _address(exchange, routing_key)
    return b"%b%b\xce" % (_RETURN.pack(METHOD, channel, 6 + len(fields), _RETURN_ID, code), fields)


def publisher_ack(channel: int, delivery_tag: int, multiple: bool) -> bytes:
    """A basic.ack frame, which confirms to a publisher."""
    return _CONFIRM.pack(METHOD, channel, 13, _ACK_ID, delivery_tag, multiple, 0xCE)


def publisher_nack(channel: int, delivery_tag: int, multiple: bool) -> bytes:
    """A basic.nack frame, which tells a publisher that a message was not taken.

    RabbitMQ sets the requeue bit, which means nothing here.
    """
    return _CONFIRM.pack(METHOD, channel, 13, _NACK_ID, delivery_tag, multiple | _REQUEUE, 0xCE)
