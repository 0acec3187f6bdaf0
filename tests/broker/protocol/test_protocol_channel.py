"""One channel: methods to the core and back, confirms, returns, and the way channels close."""

from __future__ import annotations

import pytest

from hubemu.broker.wire.frames import frame
from hubemu.broker.wire.properties import encode_properties
from hubemu.properties import Properties
from tests.support.amqp_dialogue import (
    CAPABILITIES,
    GOODBYE,
    Dialogue,
    method,
    publish,
)
from tests.support.channel_dialogue import CLOSE, NOT_FOUND, names, with_queue

# --- replies

SIMPLE = {
    "exchange.declare": {"exchange": "e", "exchange_type": "topic"},
    "queue.declare": {"queue": "q2"},
    "queue.bind": {"queue": "q", "exchange": "amq.topic", "routing_key": "a.#"},
    "exchange.bind": {"destination": "amq.fanout", "source": "amq.topic", "routing_key": "k"},
    "exchange.unbind": {"destination": "amq.fanout", "source": "amq.topic", "routing_key": "k"},
    "queue.unbind": {"queue": "q", "exchange": "amq.topic", "routing_key": "a.#"},
    "queue.purge": {"queue": "q"},
    "queue.delete": {"queue": "q"},
    "exchange.delete": {"exchange": "e"},
    "basic.qos": {"prefetch_count": 5},
    "basic.consume": {"queue": "q"},
    "basic.cancel": {"consumer_tag": "none"},
    "basic.recover": {"requeue": True},
    "confirm.select": {},
    "tx.select": {},
    "access.request": {"realm": "/data", "active": True, "write": True, "read": True},
    "channel.flow": {"active": True},
}


@pytest.mark.parametrize("name", SIMPLE)
def test_a_method_is_answered_with_its_ok(name: str) -> None:
    # A table of any methods.
    assert names(with_queue().send(method(1, name, **SIMPLE[name]))) == [f"{name}_ok"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    sorted(
        SIMPLE.keys()
        - {
            "basic.qos",
            "queue.unbind",
            "basic.recover",
            "tx.select",
            "access.request",
            "channel.flow",
        }
    ),
)
def test_nowait_is_not_answered(name: str) -> None:
    # A table of any methods.
    assert with_queue().send(method(1, name, **(SIMPLE[name] | {"nowait": True}))) == []  # type: ignore[operator]


def test_recover_async_is_never_answered() -> None:
    assert with_queue().send(method(1, "basic.recover_async", requeue=True)) == []


def test_transactions_hold_back_what_is_published() -> None:
    dialogue = with_queue()
    dialogue.send(method(1, "tx.select"), publish(1, "q", b"one"))
    assert names(dialogue.send(method(1, "basic.get", queue="q"))) == ["basic.get_empty"]
    assert names(dialogue.send(method(1, "tx.commit"))) == ["tx.commit_ok"]
    assert names(dialogue.send(method(1, "basic.get", queue="q")))[0] == "basic.get_ok"
    assert names(dialogue.send(method(1, "tx.rollback"))) == ["tx.rollback_ok"]


# --- content

RAW = encode_properties(Properties(content_type="a/b", delivery_mode=2, headers={"k": 1}))


@pytest.mark.parametrize("size", [0, 1, 131064, 131065, 300000])
def test_a_message_comes_out_as_it_went_in(size: int) -> None:
    dialogue = with_queue()
    body = bytes(size)
    dialogue.send(publish(1, "q", body, raw=RAW))
    head, header, *bodies = dialogue.send(method(1, "basic.get", queue="q"))
    assert head == (
        1,
        "basic.get_ok",
        {
            "delivery_tag": 1,
            "redelivered": False,
            "exchange": "",
            "routing_key": "q",
            "message_count": 0,
        },
    )
    assert header[2]["payload"][12:] == RAW
    assert b"".join(part["payload"] for _, _, part in bodies) == body
    assert all(len(part["payload"]) <= 131064 for _, _, part in bodies)


@pytest.mark.parametrize("size", [131064, 131072])
def test_a_body_of_frame_max_in_one_frame_is_taken(size: int) -> None:
    dialogue = with_queue()
    whole = publish(1, "q", b"x" * 131064)
    start = whole.index(b"\x03\x00\x01")
    header = whole[:start].replace((131064).to_bytes(8), size.to_bytes(8))
    assert dialogue.send(header + frame(3, 1, b"x" * size)) == []
    assert len(dialogue.send(method(1, "basic.get", queue="q"))[2][2]["payload"]) == 131064


def test_deliveries_follow_consume_ok() -> None:
    dialogue = with_queue()
    dialogue.send(publish(1, "q", b"hello", raw=RAW))
    replies = dialogue.send(method(1, "basic.consume", queue="q", consumer_tag="t"))
    assert names(replies) == ["basic.consume_ok", "basic.deliver", "header", "body"]
    assert replies[1][2] == {
        "consumer_tag": "t",
        "delivery_tag": 1,
        "redelivered": False,
        "exchange": "",
        "routing_key": "q",
    }


@pytest.mark.parametrize(
    ("frames", "redelivered"),
    [
        (method(1, "basic.ack", delivery_tag=1), None),
        (method(1, "basic.nack", delivery_tag=1), None),
        (method(1, "basic.reject", delivery_tag=1), None),
        (method(1, "basic.nack", delivery_tag=1, requeue=True), True),
        (method(1, "basic.reject", delivery_tag=1, requeue=True), True),
        (method(1, "basic.recover", requeue=True), True),
    ],
)
def test_a_delivery_is_settled_or_comes_again(frames: bytes, redelivered: bool | None) -> None:
    dialogue = with_queue()
    dialogue.send(publish(1, "q", b"x"), method(1, "basic.get", queue="q"), frames)
    replies = dialogue.send(method(1, "basic.get", queue="q"))
    assert replies[0][2].get("redelivered") == redelivered


def test_unknown_delivery_tags_close_the_channel() -> None:
    ((channel, name, fields),) = with_queue().send(method(1, "basic.ack", delivery_tag=7))
    assert (channel, name) == (1, "channel.close")
    assert fields["reply_text"] == "PRECONDITION_FAILED - unknown delivery tag 7"
    assert (fields["class_id"], fields["method_id"]) == (60, 80)


# --- confirms and returns


# --- consumer cancelled by the broker


def test_a_deleted_queue_cancels_its_consumers() -> None:
    dialogue = with_queue()
    dialogue.send(method(1, "basic.consume", queue="q", consumer_tag="t"))
    replies = dialogue.send(method(1, "queue.delete", queue="q"))
    assert names(replies) == ["queue.delete_ok", "basic.cancel"]
    assert replies[1][2] == {"consumer_tag": "t", "nowait": True}


def test_who_does_not_understand_cancel_is_not_told() -> None:
    dialogue = Dialogue()
    without = {"capabilities": CAPABILITIES | {"consumer_cancel_notify": False}}
    dialogue.start_ok(client_properties=without)
    dialogue.tune_ok()
    dialogue.send(
        method(0, "connection.open", virtual_host="/"),
        method(1, "channel.open"),
        method(1, "queue.declare", queue="q"),
        method(1, "basic.consume", queue="q", consumer_tag="t"),
    )
    assert names(dialogue.send(method(1, "queue.delete", queue="q"))) == ["queue.delete_ok"]


# --- closing


def test_frames_behind_a_refused_one_are_dropped_until_close_ok() -> None:
    dialogue = with_queue()
    replies = dialogue.send(
        publish(1, "k", b"x", exchange="nope"),
        publish(1, "q", b"dropped"),
        method(1, "queue.declare", queue="never"),
    )
    assert replies == [NOT_FOUND]
    replies = dialogue.send(method(1, "channel.close_ok"), method(1, "channel.open"))
    assert names(replies) == ["channel.open_ok"]
    assert names(dialogue.send(method(1, "basic.get", queue="q"))) == ["basic.get_empty"]


def test_both_sides_may_close_at_once() -> None:
    dialogue = with_queue()
    dialogue.send(publish(1, "k", b"x", exchange="nope"))
    replies = dialogue.send(CLOSE, method(1, "channel.close_ok"), method(1, "channel.open"))
    assert names(replies) == ["channel.close_ok", "channel.open_ok"]


def test_opening_a_channel_that_still_owes_close_ok_is_refused() -> None:
    dialogue = with_queue()
    dialogue.send(publish(1, "k", b"x", exchange="nope"))
    ((_, _, fields),) = dialogue.send(method(1, "channel.open"))
    assert fields["reply_text"] == "CHANNEL_ERROR - second 'channel.open' seen"


def test_other_channels_live_on_when_one_closes() -> None:
    dialogue = with_queue()
    dialogue.send(method(2, "channel.open"))
    replies = dialogue.send(
        publish(1, "k", b"x", exchange="nope"), method(2, "queue.purge", queue="q")
    )
    assert replies == [NOT_FOUND, (2, "queue.purge_ok", {"message_count": 0})]


def test_a_closed_channel_gives_back_what_it_held() -> None:
    dialogue = with_queue()
    dialogue.send(publish(1, "q", b"x"), method(1, "basic.get", queue="q"), CLOSE)
    dialogue.send(method(1, "channel.open"))
    replies = dialogue.send(method(1, "basic.get", queue="q"))
    assert replies[0][2]["redelivered"] is True


# --- flow


# --- the life of the connection


def test_a_secret_is_updated_without_effect() -> None:
    replies = (
        Dialogue().open().send(method(0, "connection.update_secret", new_secret=b"x", reason=""))
    )
    assert replies == [(0, "connection.update_secret_ok", {})]


def test_a_client_may_close_twice() -> None:
    dialogue = Dialogue().channel()
    assert names(dialogue.send(GOODBYE)) == ["connection.close_ok"]
    assert dialogue.connection.closing_in == 30.0
    replies = dialogue.send(method(1, "queue.declare", queue="ignored"), GOODBYE)
    assert names(replies) == ["connection.close_ok"]
    dialogue.send(method(0, "connection.close_ok"))
    assert dialogue.connection.closing_in == 0


def test_exclusive_queues_go_with_their_connection() -> None:
    dialogue = Dialogue().channel()
    dialogue.send(method(1, "queue.declare", queue="mine", exclusive=True))
    assert "mine" in dialogue.broker.vhosts["/"].queues
    dialogue.connection.lost()
    assert "mine" not in dialogue.broker.vhosts["/"].queues
