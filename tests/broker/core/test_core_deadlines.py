"""Deadlines: called in order, and nothing kept for what is gone."""

from __future__ import annotations

import random

from hubemu.broker.core import Broker, ConnectionOwner, Message
from hubemu.broker.core.deadlines import Deadlines, Timed
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.properties import Properties
from tests.support.channel_calls import Channel
from tests.support.core_broker import RecordingSink


class Somebody:
    def __init__(self) -> None:
        self.called: list[float] = []

    def on_deadline(self, now: float) -> None:
        self.called.append(now)


def fire(deadlines: Deadlines, now: float) -> None:
    for timed in deadlines.due(now):
        timed.on_deadline(now)


def test_the_last_arming_counts() -> None:
    deadlines, one = Deadlines(), Somebody()
    deadlines.arm(10.0, one)
    deadlines.arm(5.0, one)
    deadlines.arm(7.0, one)
    assert deadlines.next() == 7.0
    for now in (6.0, 7.0, 11.0):
        fire(deadlines, now)
    assert one.called == [7.0]


def test_who_is_disarmed_is_not_called_and_may_be_armed_again() -> None:
    deadlines, one = Deadlines(), Somebody()
    deadlines.arm(5.0, one)
    deadlines.disarm(one)
    deadlines.disarm(one)
    assert deadlines.next() is None
    deadlines.arm(9.0, one)
    fire(deadlines, 8.0)
    fire(deadlines, 9.0)
    assert one.called == [9.0]


def test_any_arming_calls_each_at_its_last_time_in_order() -> None:
    chance = random.Random(9)
    for _ in range(200):
        deadlines = Deadlines()
        expected: dict[Timed, float] = {}
        many = [Somebody() for _ in range(8)]
        for _ in range(chance.randrange(400)):
            one = chance.choice(many)
            if chance.random() < 0.2:
                deadlines.disarm(one)
                expected.pop(one, None)
            else:
                at = float(chance.randrange(50))
                deadlines.arm(at, one)
                expected[one] = at
            assert deadlines.next() == min(expected.values(), default=None)
            assert len(deadlines) <= 2 * len(expected) + 64
        order = [expected[one] for one in deadlines.due(100.0)]
        assert order == sorted(expected.values())


def broker_and_channel() -> tuple[Broker, Channel]:
    broker = Broker(Clock())
    broker.add_vhost("/")
    broker.grant("guest", "/", ".*", ".*", ".*")
    return broker, Channel(*broker.open("/", "guest"), RecordingSink(), ConnectionOwner())


def test_leases_of_queues_that_went_are_forgotten() -> None:
    broker, channel = broker_and_channel()
    for number in range(2_000):
        name = f"q{number}"
        channel.queue_declare(name, arguments={"x-expires": 86_400_000})
        channel.queue_delete(name)
    assert len(broker._runtime.deadlines) <= 64


def test_falling_times_to_live_are_one_deadline() -> None:
    broker, channel = broker_and_channel()
    channel.queue_declare("q")
    for milliseconds in range(90_000_000, 90_000_000 - 2_000, -1):
        header = encode_properties(Properties(expiration=str(milliseconds)))
        channel.publish(Message("", "q", b"x", header))
        assert channel.get("q", no_ack=True) is not None
    assert len(broker._runtime.deadlines) <= 66
