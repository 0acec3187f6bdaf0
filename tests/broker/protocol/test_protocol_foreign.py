"""Methods of servers that carry content, sent by a client; pinned from RabbitMQ 3.10."""

from __future__ import annotations

import struct

import pytest

from hubemu.broker.wire.frames import frame
from hubemu.broker.wire.methods import method_id
from tests.support.amqp_dialogue import Dialogue, method

DELIVER = method(1, "basic.deliver", delivery_tag=1, redelivered=False)


def header(size: int) -> bytes:
    return frame(2, 1, struct.pack(">HHQ", 60, 0, size) + b"\0\0")


@pytest.mark.parametrize("name", ["basic.return", "basic.deliver", "basic.get_ok"])
def test_content_of_servers_is_waited_for(name: str) -> None:
    dialogue = Dialogue().channel()
    fields = {"delivery_tag": 1, "redelivered": False, "message_count": 0}
    came = method(1, name, reply_code=312, reply_text="", **fields)
    assert dialogue.send(came, header(2), frame(3, 1, b"x")) == []
    text = "COMMAND_INVALID - unimplemented method"
    class_id, number = method_id(name)
    close = {"reply_code": 503, "reply_text": text, "class_id": class_id, "method_id": number}
    assert dialogue.send(frame(3, 1, b"x")) == [(0, "connection.close", close)]


def test_content_of_servers_is_dropped_on_a_channel_that_closes() -> None:
    dialogue = Dialogue().channel()
    dialogue.send(method(1, "queue.declare", queue="absent", passive=True))
    assert dialogue.send(DELIVER, header(1), frame(3, 1, b"x")) == []
    replies = dialogue.send(method(1, "channel.close_ok"), method(1, "channel.open"))
    assert [name for _, name, _ in replies] == ["channel.open_ok"]
