"""Ways through the protocol that other tests of it do not take, one each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.protocol.auth import AnyLogin, CertificateLogin, PasswordLogin, Peer
from hubemu.broker.protocol.confirms import Confirms
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.protocol.refusal import Refusal
from hubemu.broker.protocol.state import State
from hubemu.broker.wire.frames import FrameReader, frame
from hubemu.broker.wire.methods import Method, decode_method
from tests.support.amqp_dialogue import (
    CAPABILITIES,
    HEADER,
    Dialogue,
    guest_broker,
    method,
    publish,
)

PEER = Peer(address="127.0.0.1:1")


def test_each_of_several_authenticators_decides_its_own_mechanisms() -> None:
    both = AnyLogin(PasswordLogin({"guest": "word"}), CertificateLogin({"samuA"}))
    assert both.mechanisms == ("PLAIN", "AMQPLAIN", "EXTERNAL")
    assert both.login("PLAIN", b"\0guest\0word", PEER) == "guest"
    peer = Peer(address="127.0.0.1:1", common_name="samuA")
    assert both.login("EXTERNAL", b"", peer) == "samuA"


def test_rejecting_an_unknown_delivery_closes_the_channel() -> None:
    client = Dialogue().channel()
    (reply,) = client.send(method(1, "basic.reject", delivery_tag=7))
    assert (reply[1], reply[2]["reply_code"]) == ("channel.close", 406)
    assert reply[2]["reply_text"] == "PRECONDITION_FAILED - unknown delivery tag 7"


def test_what_is_rejected_on_a_channel_that_closes_is_nothing() -> None:
    client = Dialogue().channel()
    (reply,) = client.send(method(1, "queue.declare", queue="absent", passive=True))
    assert reply[1] == "channel.close"
    assert client.send(method(1, "basic.reject", delivery_tag=7)) == []


def test_a_broker_that_closes_before_the_login_ends_at_once() -> None:
    client = Dialogue()
    client.send(HEADER)
    client.connection.close(320, "CONNECTION_FORCED - as asked")
    assert client.connection.state is State.CLOSED
    client.connection.close(320, "again")
    assert client.connection.state is State.CLOSED


def test_closing_a_channel_that_is_not_open_says_nothing() -> None:
    client = Dialogue().channel(1)
    client.connection.close_channel(9, 406, "not there")
    assert client.replies() == []
    client.connection.close_channel(1, 406, "as asked")
    assert client.replies()[-1][2]["reply_text"] == "as asked"
    client.connection.close_channel(1, 406, "again")
    assert client.replies() == []


def test_a_watcher_may_refuse_a_publish_and_its_content_is_still_read() -> None:
    client = Dialogue().channel()

    def refuse(channel: int, seen: Method) -> None:
        if seen.spec.name == "basic.publish":
            raise Refusal(channel, 403, "ACCESS_REFUSED - watched")

    client.connection.watch(refuse)
    replies = client.send(
        method(1, "queue.declare", queue="q"), publish(1, "q", b"body"), method(2, "channel.open")
    )
    names = [name for _, name, _ in replies]
    assert names == ["queue.declare_ok", "channel.close", "channel.open_ok"]
    client.connection.watch(None)
    client.send(method(1, "channel.close_ok"))
    depth = client.send(method(2, "queue.declare", queue="q", passive=True))[-1]
    assert depth[2]["message_count"] == 0


def test_held_heartbeats_are_sent_once_they_are_let_go_and_not_after_the_end() -> None:
    client = Dialogue().open(heartbeat=2)
    client.replies()
    client.connection.hold_heartbeats()
    client.connection.tick(10.0)
    client.connection.tick(20.0)
    assert client.replies() == []
    client.connection.release_heartbeats()
    assert [name for _, name, _ in client.replies()] == ["heartbeat"]
    client.connection.release_heartbeats()
    assert client.replies() == []


@pytest.mark.parametrize("knows", [True, False])
def test_only_who_knows_blocked_is_told_but_all_wait(knows: bool) -> None:
    broker = guest_broker()
    client = Dialogue(broker)
    capabilities = CAPABILITIES | {"connection.blocked": knows}
    client.start_ok(client_properties={"capabilities": capabilities})
    client.tune_ok()
    client.send(method(0, "connection.open", virtual_host="/"), method(1, "channel.open"))
    client.connection.alarm("low on disk", True)
    told: list[Any] = client.send(publish(1, "q", b"x"))
    assert not client.connection.wants_input
    client.connection.alarm("low on disk", False)
    told += client.replies()
    assert client.connection.wants_input
    names = ["connection.blocked", "connection.unblocked"] if knows else []
    assert [name for _, name, _ in told] == names


def test_a_secret_is_updated() -> None:
    client = Dialogue().open()
    sent = method(0, "connection.update_secret", new_secret=b"", reason="")
    assert [name for _, name, _ in client.send(sent)] == ["connection.update_secret_ok"]


def test_a_whole_publish_in_the_midst_of_another_is_an_unexpected_frame() -> None:
    client = Dialogue().channel()
    begun = method(1, "basic.publish", routing_key="q")
    (reply,) = client.send(begun, publish(1, "q", b"body"))
    assert (reply[1], reply[2]["reply_code"]) == ("connection.close", 505)


def test_a_body_in_parts_that_is_too_large_is_refused_at_its_end() -> None:
    client = Dialogue(limits=ConnectionLimits(max_message_size=10)).channel(frame_max=4096)
    head = method(1, "basic.publish", routing_key="q")
    size = (11).to_bytes(8)
    header = frame(2, 1, (60).to_bytes(2) + b"\0\0" + size + b"\0\0")
    (reply,) = client.send(head, header, frame(3, 1, b"x" * 6), frame(3, 1, b"x" * 5))
    assert (reply[1], reply[2]["reply_code"]) == ("channel.close", 406)
    text = "PRECONDITION_FAILED - message size 11 is larger than configured max size 10"
    assert reply[2]["reply_text"] == text


def test_who_comes_while_the_disk_is_full_is_told() -> None:
    broker = guest_broker()
    broker.alarms.disk(True)
    client = Dialogue(broker)
    client.start_ok()
    client.tune_ok()
    told = client.send(
        method(0, "connection.open", virtual_host="/"),
        method(1, "channel.open"),
        publish(1, "q", b"x"),
    )
    assert "connection.blocked" in [name for _, name, _ in told]
    assert not client.connection.wants_input


def test_a_client_that_is_made_to_wait_is_not_given_up() -> None:
    client = Dialogue().channel(heartbeat=2)
    client.connection.alarm("low on disk", True)
    client.send(publish(1, "q", b"x"))
    for now in range(2, 20, 2):
        client.connection.tick(float(now))
    states = [client.connection.state]
    client.connection.alarm("low on disk", False)
    for now in range(20, 40, 2):
        client.connection.tick(float(now))
    states.append(client.connection.state)
    assert states == [State.RUNNING, State.CLOSED]


def test_a_watcher_may_refuse_a_method_without_content() -> None:
    client = Dialogue().channel()

    def refuse(channel: int, _seen: Method) -> None:
        raise Refusal(channel, 403, "ACCESS_REFUSED - watched")

    client.connection.watch(refuse)
    (reply,) = client.send(method(1, "queue.declare", queue="q"))
    assert (reply[1], reply[2]["reply_code"]) == ("channel.close", 403)
    assert client.broker.vhosts["/"].queues == {}


@given(st.data())
def test_confirms_in_any_order_say_of_each_tag_what_became_of_it(data: st.DataObject) -> None:
    """A client that keeps to the specification knows the same as who settled them."""
    confirms, reader = Confirms(), FrameReader(0)
    tags = data.draw(st.permutations(range(1, data.draw(st.integers(1, 12)) + 1)))
    settled = {tag: data.draw(st.booleans()) for tag in tags}
    for tag, ack in settled.items():
        if confirms.settle(tag, ack) or data.draw(st.booleans()):
            reader.feed(confirms.frames(1))
    reader.feed(confirms.frames(1))
    assert not confirms.pending
    assert _heard(reader, set(tags)) == settled


def _heard(reader: FrameReader, waiting: set[int]) -> dict[int, bool]:
    """What confirms say of the tags a client waits for, each of which is told once."""
    heard: dict[int, bool] = {}
    while (come := reader.next()) is not None:
        decoded = decode_method(come[2])
        tag, multiple = decoded.fields["delivery_tag"], decoded.fields["multiple"]
        told = {one for one in waiting if one == tag or (multiple and one < tag)}
        assert tag in told
        waiting -= told
        heard |= dict.fromkeys(told, decoded.spec.name == "basic.ack")
    return heard
