"""Frames that end a connection, and the close that RabbitMQ 3.10 answers."""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

from hubemu.broker.wire.frames import frame
from tests.support.amqp_dialogue import method, publish

__all__ = ["CONNECTION_ERRORS", "DECLARE", "RESET_BY_RABBITMQ", "Close"]

Close: TypeAlias = tuple[int, str, tuple[int, int]]
"""Code, text, and the class and method at fault."""

PUBLISH = method(1, "basic.publish", routing_key="q")
DECLARE = method(1, "queue.declare", queue="q")
DELIVER = method(1, "basic.deliver", delivery_tag=1, redelivered=False)


def header(class_id: int = 60, weight: int = 0, size: int = 5) -> bytes:
    return frame(2, 1, struct.pack(">HHQ", class_id, weight, size) + b"\0\0")


CONNECTION_ERRORS: Final[dict[str, tuple[bytes, Close]]] = {
    "second open": (
        method(1, "channel.open"),
        (504, "CHANNEL_ERROR - second 'channel.open' seen", (20, 10)),
    ),
    "method on an unopened channel": (
        method(3, "queue.declare", queue="q"),
        (504, "CHANNEL_ERROR - expected 'channel.open'", (50, 10)),
    ),
    "publish on an unopened channel": (
        publish(3, "q", b"x"),
        (504, "CHANNEL_ERROR - expected 'channel.open'", (60, 40)),
    ),
    "close of an unopened channel": (
        method(3, "channel.close", reply_code=200, reply_text="", class_id=0, method_id=0),
        (504, "CHANNEL_ERROR - expected 'channel.open'", (20, 40)),
    ),
    "body on an unopened channel": (
        frame(3, 3, b"abc"),
        (505, "UNEXPECTED_FRAME - expected method frame, got non method frame instead", (0, 0)),
    ),
    "header without method": (
        header(),
        (505, "UNEXPECTED_FRAME - expected method frame, got non method frame instead", (0, 0)),
    ),
    "method instead of header": (
        PUBLISH + DECLARE,
        (
            505,
            "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame "
            "instead",
            (60, 40),
        ),
    ),
    "header of another class": (
        PUBLISH + header(class_id=10),
        (
            505,
            "UNEXPECTED_FRAME - expected content header for class 60, got one for class 10 instead",
            (60, 40),
        ),
    ),
    "header with a weight": (
        PUBLISH + header(weight=1),
        (
            505,
            "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame "
            "instead",
            (60, 40),
        ),
    ),
    "method instead of body": (
        PUBLISH + header() + DECLARE,
        (
            505,
            "UNEXPECTED_FRAME - expected content body, got non content body frame instead",
            (60, 40),
        ),
    ),
    "more body than announced": (
        PUBLISH + header() + frame(3, 1, b"x" * 6) + DECLARE,
        (
            505,
            "UNEXPECTED_FRAME - expected content body, got non content body frame instead",
            (60, 40),
        ),
    ),
    "short content header": (
        PUBLISH + frame(2, 1, b"\0\x3c\0"),
        (501, "FRAME_ERROR - type 2, all octets = <<0,60,0>>: unknown_frame", (0, 0)),
    ),
    "heartbeat on a channel": (
        frame(8, 1, b""),
        (505, "UNEXPECTED_FRAME - type 8, all octets = <<>>", (0, 0)),
    ),
    "heartbeat with payload": (
        frame(8, 0, b"x"),
        (501, 'FRAME_ERROR - type 8, all octets = <<"x">>: unknown_frame', (0, 0)),
    ),
    "unknown type on channel 0": (
        frame(9, 0, b"hello world this is long enough"),
        (
            501,
            'FRAME_ERROR - type 9, first 16 octets = <<"hello world this">>: unknown_frame',
            (0, 0),
        ),
    ),
    "unknown type on a channel": (
        frame(9, 1, b"\0\1\2"),
        (501, "FRAME_ERROR - type 9, all octets = <<0,1,2>>: unknown_frame", (0, 0)),
    ),
    "body on channel 0": (
        frame(3, 0, b"abc"),
        (505, 'UNEXPECTED_FRAME - type 3, all octets = <<"abc">>', (0, 0)),
    ),
    "method without ids": (
        frame(1, 1, b"\0"),
        (501, "FRAME_ERROR - type 1, all octets = <<0>>: unknown_frame", (0, 0)),
    ),
    "channel method on channel 0": (
        method(0, "queue.declare", queue="q"),
        (504, "CHANNEL_ERROR - unexpected method in connection state running", (50, 10)),
    ),
    "connection method on a channel": (
        method(1, "connection.tune_ok", channel_max=1, frame_max=131072, heartbeat=0),
        (503, "COMMAND_INVALID - unimplemented method", (10, 31)),
    ),
    "method of servers": (
        method(1, "queue.declare_ok", queue="q", message_count=1, consumer_count=1),
        (503, "COMMAND_INVALID - unimplemented method", (50, 11)),
    ),
    "unasked close-ok": (
        method(1, "channel.close_ok"),
        (503, "COMMAND_INVALID - unimplemented method", (20, 41)),
    ),
    "truncated fields": (
        frame(1, 1, DECLARE[7:-4]),
        (501, "FRAME_ERROR - cannot decode <<0,0,1,113,0,0>>", (50, 10)),
    ),
    "octets behind the fields, which could be printed": (
        frame(1, 1, method(1, "tx.select")[7:-1] + b"zz"),
        (501, "FRAME_ERROR - cannot decode <<122,122>>", (90, 10)),
    ),
    "truncated publish": (
        frame(1, 1, PUBLISH[7:-3]),
        (501, "FRAME_ERROR - cannot decode <<0,0,0,1>>", (60, 40)),
    ),
    "truncated ack": (
        frame(1, 1, method(1, "basic.ack", delivery_tag=1)[7:-2]),
        (501, "FRAME_ERROR - cannot decode <<0,0,0,0,0,0,0,1>>", (60, 80)),
    ),
    "truncated nack": (
        frame(1, 1, method(1, "basic.nack", delivery_tag=1)[7:-2]),
        (501, "FRAME_ERROR - cannot decode <<0,0,0,0,0,0,0,1>>", (60, 120)),
    ),
    "delivery from a client": (
        DELIVER + header(size=0),
        (503, "COMMAND_INVALID - unimplemented method", (60, 60)),
    ),
    "delivery from a client, with a body": (
        DELIVER + header(size=1) + frame(3, 1, b"x"),
        (503, "COMMAND_INVALID - unimplemented method", (60, 60)),
    ),
    "delivery from a client without content": (
        DELIVER + DECLARE,
        (
            505,
            "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame "
            "instead",
            (60, 60),
        ),
    ),
    "delivery on an unopened channel": (
        frame(1, 3, DELIVER[7:-1]) + frame(2, 3, header(size=0)[7:-1]),
        (504, "CHANNEL_ERROR - expected 'channel.open'", (60, 60)),
    ),
    "short content header without method": (
        frame(2, 1, b"abc"),
        (501, 'FRAME_ERROR - type 2, all octets = <<"abc">>: unknown_frame', (0, 0)),
    ),
    "name that is not UTF-8": (
        method(1, "queue.declare", queue="qqq").replace(b"qqq", b"\xff\xfe\xfd"),
        (501, "FRAME_ERROR - Malformed UTF-8 in shortstr", (0, 0)),
    ),
    "immediate": (
        publish(1, "q", b"x", immediate=True),
        (540, "NOT_IMPLEMENTED - immediate=true", (60, 40)),
    ),
    "flow stopped": (
        method(1, "channel.flow", active=False),
        (540, "NOT_IMPLEMENTED - active=false", (20, 20)),
    ),
    "prefetch in octets": (
        method(1, "basic.qos", prefetch_size=1, prefetch_count=0),
        (540, "NOT_IMPLEMENTED - prefetch_size!=0 (1)", (60, 10)),
    ),
    "properties too short": (
        publish(1, "q", b"x", raw=b"\x80\x00"),
        (541, "INTERNAL_ERROR", (0, 0)),
    ),
    "properties too long": (
        publish(1, "q", b"x", raw=b"\x00\x00\x01"),
        (541, "INTERNAL_ERROR", (0, 0)),
    ),
    "headers that are no table": (
        publish(1, "q", b"x", raw=b"\x20\x00\0\0\0\x03\x01kZ"),
        (541, "INTERNAL_ERROR", (0, 0)),
    ),
}
"""Sent on a connection whose channel 1 is open."""

RESET_BY_RABBITMQ: Final[dict[str, tuple[bytes, Close]]] = {
    "unknown method": (
        frame(1, 1, struct.pack(">HH", 60, 999)),
        (540, "NOT_IMPLEMENTED - no method 999 in class 60", (0, 0)),
    ),
    "arguments that are no table": (
        method(1, "queue.declare", queue="q", arguments={"k": True}).replace(b"kt", b"kZ"),
        (501, "FRAME_ERROR - cannot decode <<0,0,1,113,0,0,0,0,4,1,107,90,1>>", (50, 10)),
    ),
}
"""Where RabbitMQ resets the connection without a word, and the client is told here."""
