"""Methods, general and hand-written, against pamqp's own bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import body as pamqp_body
from pamqp import commands
from pamqp import frame as pamqp_frame
from pamqp import header as pamqp_header

from hubemu.broker.wire import basic
from hubemu.broker.wire.errors import MalformedError, MalformedTextError, UnknownMethodError
from hubemu.broker.wire.frames import FrameReader
from hubemu.broker.wire.methods import METHODS, decode_method, encode_method, method_id
from hubemu.broker.wire.properties import encode_properties
from hubemu.broker.wire.publish import decode_publish
from hubemu.broker.wire.text import exact, pack, pack_short, text
from hubemu.properties import Properties


def payload(frame_bytes: bytes) -> bytes:
    reader = FrameReader(0)
    reader.feed(frame_bytes)
    frame = reader.next()
    assert frame is not None
    return frame[2]


TEXT: dict[str, Any] = {"a": "b"}
COMMANDS: list[tuple[Any, str, dict[str, Any]]] = [
    (
        commands.Queue.Declare(0, "q", durable=True, nowait=True, arguments=TEXT),
        "queue.declare",
        {
            "ticket": 0,
            "queue": "q",
            "passive": False,
            "durable": True,
            "exclusive": False,
            "auto_delete": False,
            "nowait": True,
            "arguments": TEXT,
        },
    ),
    (
        commands.Queue.DeclareOk("queue-1", 3, 4),
        "queue.declare_ok",
        {"queue": "queue-1", "message_count": 3, "consumer_count": 4},
    ),
    (
        commands.Connection.Tune(2047, 131072, 60),
        "connection.tune",
        {"channel_max": 2047, "frame_max": 131072, "heartbeat": 60},
    ),
    (
        commands.Channel.Close(404, "NOT_FOUND", 50, 10),
        "channel.close",
        {"reply_code": 404, "reply_text": "NOT_FOUND", "class_id": 50, "method_id": 10},
    ),
    (
        commands.Basic.Qos(0, 10, True),
        "basic.qos",
        {"prefetch_size": 0, "prefetch_count": 10, "global_": True},
    ),
    (
        commands.Connection.Start(0, 9, TEXT, "EXTERNAL", "en_US"),
        "connection.start",
        {
            "version_major": 0,
            "version_minor": 9,
            "server_properties": TEXT,
            "mechanisms": b"EXTERNAL",
            "locales": b"en_US",
        },
    ),
]


@pytest.mark.parametrize(("command", "name", "fields"), COMMANDS)
def test_methods_are_as_pamqp_codes_them(command: Any, name: str, fields: dict[str, Any]) -> None:
    theirs = pamqp_frame.marshal(command, 7)
    assert encode_method(7, name, **fields) == theirs
    method = decode_method(payload(theirs))
    assert (method.spec.name, method.fields) == (name, fields)


def test_the_table_names_methods_as_rabbitmq_does() -> None:
    assert {"basic.recover_async", "exchange.unbind_ok", "access.request"} <= METHODS.keys()
    assert method_id("connection.update_secret") == (10, 70)
    assert method_id("exchange.unbind_ok") == (40, 51)


@pytest.mark.parametrize(("command", "_name", "_fields"), COMMANDS)
def test_every_truncation_and_any_tail_is_refused(
    command: Any, _name: str, _fields: dict[str, Any]
) -> None:
    whole = payload(pamqp_frame.marshal(command, 7))
    for end in range(4, len(whole)):
        with pytest.raises(MalformedError):
            decode_method(whole[:end])
    with pytest.raises(MalformedError):
        decode_method(whole + b"\0")


def test_an_unknown_method_is_told_from_a_malformed_one() -> None:
    with pytest.raises(UnknownMethodError) as caught:
        decode_method(b"\x00\x3c\x03\xe8")
    assert (caught.value.class_id, caught.value.method_id) == (60, 1000)


def test_a_name_must_be_utf8() -> None:
    raw = payload(encode_method(1, "queue.purge", ticket=0, queue="qq", nowait=False))
    with pytest.raises(MalformedTextError):
        decode_method(raw.replace(b"qq", b"\xff\xfe"))


@given(st.sampled_from(sorted(METHODS)), st.binary(max_size=40))
def test_any_fields_are_read_or_refused(name: str, fields: bytes) -> None:
    try:
        decode_method(METHODS[name].prefix + fields)
    except MalformedError:
        return


# --- the hand-written ones

NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=60)
TAGS = st.integers(1, 2**63 - 1)


@given(NAMES, NAMES, st.booleans())
def test_publish_is_read_as_pamqp_writes_it(exchange: str, key: str, mandatory: bool) -> None:
    command = commands.Basic.Publish(0, exchange, key, mandatory)
    raw = payload(pamqp_frame.marshal(command, 1))
    assert raw[:4] == basic.PUBLISH
    assert decode_publish(raw) == (exchange, key, int(mandatory))


def test_publish_is_refused_when_it_does_not_fit() -> None:
    whole = payload(pamqp_frame.marshal(commands.Basic.Publish(0, "exchange", "key"), 1))
    for end in range(4, len(whole)):
        with pytest.raises(MalformedError):
            decode_publish(whole[:end])
    with pytest.raises(MalformedError):
        decode_publish(whole + b"\0")


@given(TAGS, st.booleans())
def test_acks_are_read_as_pamqp_writes_them(tag: int, flag: bool) -> None:
    pairs = [
        (commands.Basic.Ack(tag, flag), basic.ACK),
        (commands.Basic.Reject(tag, flag), basic.REJECT),
        (commands.Basic.Nack(tag, flag, False), basic.NACK),
    ]
    for command, prefix in pairs:
        raw = payload(pamqp_frame.marshal(command, 1))
        assert raw[:4] == prefix
        assert basic.decode_ack(raw) == (tag, int(flag))
        with pytest.raises(MalformedError):
            basic.decode_ack(raw[:-1])


@given(NAMES, TAGS, st.booleans(), NAMES, NAMES)
def test_deliver_and_get_ok_are_as_pamqp_writes_them(
    consumer: str, tag: int, redelivered: bool, exchange: str, key: str
) -> None:
    deliver = commands.Basic.Deliver(consumer, tag, redelivered, exchange, key)
    assert basic.deliver(3, consumer, tag, redelivered, exchange, key) == pamqp_frame.marshal(
        deliver, 3
    )
    get_ok = commands.Basic.GetOk(tag, redelivered, exchange, key, 9)
    assert basic.get_ok(3, tag, redelivered, exchange, key, 9) == pamqp_frame.marshal(get_ok, 3)


@given(NAMES, NAMES)
def test_return_is_as_pamqp_writes_it(exchange: str, key: str) -> None:
    command = commands.Basic.Return(312, "NO_ROUTE", exchange, key)
    assert basic.returned(5, 312, "NO_ROUTE", exchange, key) == pamqp_frame.marshal(command, 5)


@given(TAGS, st.booleans())
def test_confirms_are_as_pamqp_writes_them(tag: int, multiple: bool) -> None:
    assert basic.publisher_ack(2, tag, multiple) == pamqp_frame.marshal(
        commands.Basic.Ack(tag, multiple), 2
    )
    assert basic.publisher_nack(2, tag, multiple) == pamqp_frame.marshal(
        commands.Basic.Nack(tag, multiple, True), 2
    )


@pytest.mark.parametrize("size", [0, 1, 4088, 4089, 10000])
def test_content_is_split_at_frame_max_as_pamqp_frames_it(size: int) -> None:
    body = bytes(range(256)) * 40
    body = body[:size]
    properties = commands.Basic.Properties(content_type="a/b", delivery_mode=2)
    raw = encode_properties(Properties(content_type="a/b", delivery_mode=2))
    expected = pamqp_frame.marshal(pamqp_header.ContentHeader(0, size, properties), 1)
    for start in range(0, size, 4088):
        expected += pamqp_frame.marshal(pamqp_body.ContentBody(body[start : start + 4088]), 1)
    assert basic.content(1, raw, body, 4096) == expected
    if size <= 4088:
        assert basic.content(1, raw, body, 0) == expected


def test_a_content_header_gives_class_size_and_raw_properties() -> None:
    raw = encode_properties(Properties(content_type="a/b"))
    reader = FrameReader(0)
    reader.feed(basic.content(1, raw, b"body", 0))
    header = reader.next()
    assert header is not None
    assert basic.decode_header(header[2]) == (60, 0, 4, raw)
    with pytest.raises(MalformedError):
        basic.decode_header(header[2][:11])


# --- text that is not UTF-8

ODD = b"\xe9\xff" * 100


def test_exchange_and_key_keep_bytes_that_are_not_utf8() -> None:
    exchange, key, _ = decode_publish(
        basic.PUBLISH + b"\0\0" + bytes([len(ODD)]) + ODD + b"\x01\xe9\x00"
    )
    assert pack(exchange) == ODD
    delivered = payload(basic.deliver(1, "t", 1, False, exchange, key))
    assert delivered.endswith(bytes([len(ODD)]) + ODD + b"\x01\xe9")


def test_what_is_shown_of_such_text_can_be_written_again() -> None:
    shown = text(ODD)
    assert shown.startswith(r"\xe9\xff")
    assert len(pack_short(shown)) == 256


def test_lone_surrogates_of_others_become_question_marks() -> None:
    assert pack_short("a\ud800") == b"\x02a?"


@given(st.binary(max_size=255))
def test_any_bytes_are_kept_exactly(raw: bytes) -> None:
    assert pack(exact(raw)) == raw
