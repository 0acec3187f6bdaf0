"""Who has to wait on a connection: full output, bounded turns, publishers under pressure."""

from __future__ import annotations

from hubemu.broker.core import Limits
from hubemu.broker.core.alarms import MEMORY
from hubemu.broker.protocol.limits import ConnectionLimits
from tests.support.amqp_dialogue import (
    Dialogue,
    guest_broker,
    method,
    publish,
)
from tests.support.channel_dialogue import names, with_queue


def test_consumers_get_no_more_than_the_output_holds() -> None:
    limits = ConnectionLimits(output_high=10_000)
    dialogue = Dialogue(limits=limits).channel()
    dialogue.send(method(1, "queue.declare", queue="q"), publish(1, "q", b"x" * 1000) * 100)
    first = dialogue.send(method(1, "basic.consume", queue="q", no_ack=True))
    assert 5 < names(first).count("basic.deliver") < 15
    total = names(first).count("basic.deliver")
    while more := dialogue.replies():
        assert names(more).count("basic.deliver") < 15
        total += names(more).count("basic.deliver")
    assert total == 100


def test_nothing_is_delivered_while_the_socket_is_full() -> None:
    dialogue = with_queue()
    dialogue.send(method(1, "basic.consume", queue="q", no_ack=True))
    dialogue.connection.channels.socket_writable(False)
    assert dialogue.send(publish(1, "q", b"x")) == []
    dialogue.connection.channels.socket_writable(True)
    assert names(dialogue.replies()) == ["basic.deliver", "header", "body"]


def test_a_client_that_does_not_read_its_returns_is_read_no_more() -> None:
    limits = ConnectionLimits(output_high=1_000, output_limit=5_000)
    dialogue = Dialogue(limits=limits).channel()
    flood = publish(1, "nowhere", b"x" * 1000, mandatory=True) * 20
    dialogue.connection.receive(flood)
    assert not dialogue.connection.process(1000)
    assert not dialogue.connection.wants_input
    total = 0
    while replies := dialogue.replies():
        total += names(replies).count("basic.return")
        dialogue.connection.process(1000)
    assert total == 20


def test_a_turn_is_bounded_by_time_not_by_frames() -> None:
    dialogue = with_queue()
    depths = dialogue.broker.vhosts["/"].depths
    dialogue.tick = 1.0
    dialogue.connection.receive(publish(1, "q", b"x") * 10)
    taken = []
    while dialogue.connection.process(3.0):
        taken.append(depths()["q"].ready)
    assert taken == [3, 6, 9]
    assert depths()["q"].ready == 10
    dialogue.tick = 0.0
    dialogue.connection.receive(publish(1, "q", b"x") * 1_000)
    assert not dialogue.connection.process(3.0)
    assert depths()["q"].ready == 1_010


def test_heartbeats_are_sent_and_a_silent_client_is_given_up() -> None:
    dialogue = Dialogue().open(heartbeat=10)
    seen = []
    for turn in range(1, 8):
        dialogue.connection.tick(turn * 5.0)
        seen += names(dialogue.replies())
    assert seen == ["heartbeat"] * 6
    assert dialogue.connection.closing_in == 0


def test_publishers_wait_and_are_told_while_too_much_is_queued() -> None:
    broker = guest_broker(Limits(queued_messages=3))
    dialogue = Dialogue(broker).channel()
    dialogue.send(method(1, "queue.declare", queue="q"))
    replies = dialogue.send(publish(1, "q", b"x") * 4, method(1, "queue.declare", queue="later"))
    assert replies == [(0, "connection.blocked", {"reason": "low on memory"})]
    assert not dialogue.connection.wants_input
    broker.vhosts["/"].queues["q"].purge()
    assert names(dialogue.send()) == ["connection.unblocked", "queue.declare_ok"]


def test_what_is_published_under_pressure_is_held_at_its_content_header() -> None:
    dialogue = with_queue()
    dialogue.connection.alarm(MEMORY, True)
    replies = dialogue.send(publish(1, "q", b"held"), publish(1, "q", b"later"))
    assert names(replies) == ["connection.blocked"]
    assert dialogue.broker.vhosts["/"].queues["q"].depth.ready == 0
    dialogue.connection.alarm(MEMORY, False)
    assert names(dialogue.send()) == ["connection.unblocked"]
    assert dialogue.broker.vhosts["/"].queues["q"].depth.ready == 2


def test_a_message_without_body_is_whole_before_its_publisher_is_stopped() -> None:
    dialogue = with_queue()
    dialogue.connection.alarm(MEMORY, True)
    assert names(dialogue.send(publish(1, "q", b""))) == ["connection.blocked"]
    assert dialogue.broker.vhosts["/"].queues["q"].depth.ready == 1


def test_who_only_consumes_is_not_made_to_wait() -> None:
    dialogue = with_queue()
    dialogue.connection.alarm(MEMORY, True)
    assert dialogue.replies() == []
    assert dialogue.connection.wants_input
