"""What is wrong with frames and methods; answers pinned from RabbitMQ 3.10.

Where it resets the connection without a word (marked below), the client is told here.
"""

from __future__ import annotations

import pytest

from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.protocol.state import State
from hubemu.broker.wire.frames import frame
from hubemu.printable import printable
from tests.support.amqp_dialogue import GOODBYE, Dialogue, Reply, method, publish
from tests.support.amqp_errors import CONNECTION_ERRORS, DECLARE, RESET_BY_RABBITMQ

ALL = CONNECTION_ERRORS | RESET_BY_RABBITMQ


def refused(code: int, text: str, ids: tuple[int, int] = (0, 0), channel: int = 0) -> list[Reply]:
    name = "channel.close" if channel else "connection.close"
    return [
        (
            channel,
            name,
            {"reply_code": code, "reply_text": text, "class_id": ids[0], "method_id": ids[1]},
        )
    ]


@pytest.mark.parametrize("case", ALL)
def test_the_connection_is_closed(case: str) -> None:
    data, (code, text, ids) = ALL[case]
    dialogue = Dialogue().channel()
    assert dialogue.send(data) == refused(code, text, ids)
    assert dialogue.connection.state is State.CLOSING
    assert dialogue.connection.closing_in == 30.0
    assert dialogue.send(method(1, "queue.declare", queue="ignored")) == []
    dialogue.send(method(0, "connection.close_ok"))
    assert dialogue.connection.closing_in == 0


@pytest.mark.parametrize(("heartbeat", "seconds"), [(0, 30.0), (2, 2.0), (60, 30.0)])
@pytest.mark.parametrize("ours", [False, True])
def test_a_close_waits_for_one_heartbeat_at_most(
    heartbeat: int, seconds: float, ours: bool
) -> None:
    dialogue = Dialogue().channel(heartbeat=heartbeat)
    dialogue.send(method(1, "channel.open") if ours else GOODBYE)
    assert dialogue.connection.closing_in == seconds


def test_octets_that_are_no_ascii_are_quoted_as_they_are() -> None:
    dialogue = Dialogue().channel()
    dialogue.connection.receive(b"\x02\0\x01\0\0\0\x04ab\xff\xe9X")
    dialogue.connection.process(1)
    said = b'all octets = <<"ab\xff\xe9">>: {invalid_frame_end_marker,88}'
    assert said in dialogue.raw_replies()
    assert r'<<"ab\xff\xe9">>' in printable(dialogue.refused[-1].text)


def test_a_long_text_is_cut_between_octets() -> None:
    dialogue = Dialogue().channel()
    dialogue.connection.receive(method(1, "queue.declare", queue="a" + "é" * 120, passive=True))
    dialogue.connection.process(1)
    text = "NOT_FOUND - no queue 'a" + "é" * 120
    assert b"\xff" + text.encode()[:252] + b"..." in dialogue.raw_replies()


def test_reserved_property_flags_are_let_through() -> None:
    assert Dialogue().channel().send(publish(1, "q", b"x", raw=b"\x00\x01")) == []


def test_a_frame_too_large_is_refused_and_ends_all() -> None:
    dialogue = Dialogue().channel()
    text = "FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,131073,131064}"
    assert dialogue.send(frame(3, 1, b"x" * 131073)[:100]) == refused(501, text)
    assert dialogue.connection.closing_in == 3.0
    assert dialogue.send(method(0, "connection.close_ok")) == []


def test_a_frame_without_end_octet_is_refused_and_ends_all() -> None:
    dialogue = Dialogue().channel()
    ((_, name, fields),) = dialogue.send(DECLARE[:-1] + b"\0")
    assert name == "connection.close"
    assert fields["reply_code"] == 501
    assert "invalid_frame_end_marker" in fields["reply_text"]
    assert dialogue.connection.closing_in == 3.0


def test_channels_are_counted_against_channel_max() -> None:
    dialogue = Dialogue().open(channel_max=2)
    replies = dialogue.send(
        method(9, "channel.open"), method(1, "channel.open"), method(2, "channel.open")
    )
    assert [name for _, name, _ in replies[:2]] == ["channel.open_ok"] * 2
    text = "NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)"
    assert replies[2:] == refused(530, text)


def test_a_close_text_is_cut_as_rabbitmq_cuts_it() -> None:
    dialogue = Dialogue().channel()
    ((_, _, fields),) = dialogue.send(method(1, "queue.declare", queue="q" * 250, passive=True))
    assert fields["reply_text"] == f"NOT_FOUND - no queue '{'q' * 230}..."


def test_a_message_above_the_limit_is_refused_when_it_is_complete() -> None:
    dialogue = Dialogue(limits=ConnectionLimits(max_message_size=10)).channel()
    *beginning, end = publish(1, "q", b"x" * 11), b""
    text = "PRECONDITION_FAILED - message size 11 is larger than configured max size 10"
    assert dialogue.send(*beginning, end) == refused(406, text, (60, 40), channel=1)
    assert dialogue.send(method(1, "channel.close_ok"), method(1, "channel.open"))


def test_a_bug_of_ours_ends_the_connection_with_541() -> None:
    dialogue = Dialogue().channel()
    dialogue.connection.internal_error()
    assert dialogue.replies() == refused(541, "INTERNAL_ERROR")
