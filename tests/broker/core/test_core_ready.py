"""Messages that come back: their order, and what putting them there costs."""

from __future__ import annotations

import random
from typing import Any, ClassVar, cast

import pytest

from hubemu.broker.core import Broker, ConnectionOwner, Message, MessageQueue
from hubemu.broker.core.ready import QueuedMessage, Ready, ReturnedFirst
from hubemu.clock import Clock
from tests.support.channel_calls import Channel
from tests.support.core_broker import RecordingSink

NOBODY = cast("MessageQueue", None)


class Counted(QueuedMessage):
    """Counts how often anybody looks at the place of a message."""

    looks: ClassVar[int] = 0

    def __getattribute__(self, name: str) -> Any:
        Counted.looks += name == "position"
        return super().__getattribute__(name)


def queued(position: int) -> Counted:
    return Counted(NOBODY, Message("", "q", b""), position, None, 0)


def test_any_messages_come_back_to_their_places() -> None:
    chance = random.Random(6)
    for _ in range(300):
        everything = [queued(position) for position in range(chance.randrange(1, 400))]
        ready = Ready(everything)
        while chance.random() < 0.8:
            taken = chance.sample(list(ready), min(len(ready), chance.choice((1, 1, 2, 50))))
            for one in taken:
                ready.remove(one)
            if taken:
                ready.restore(sorted(taken, key=lambda one: one.position))
            assert list(ready) == everything


def test_what_comes_back_stands_before_all_and_behind_what_came_back_before() -> None:
    """`ReturnedFirst` against two plain lists; what is taken anew is as one that just came."""
    chance = random.Random(17)
    for _ in range(200):
        ready, held = ReturnedFirst(), list[QueuedMessage]()
        back, others = list[QueuedMessage](), list[QueuedMessage]()
        for position in range(chance.randrange(1, 120)):
            what = chance.choice(("come", "come", "take", "take", "return", "anew"))
            if what == "take" and ready:
                held.append(ready.popleft())
                assert held[-1] is (back or others).pop(0)
            elif what == "return" and held:
                some = [held.pop() for _ in range(chance.randint(1, len(held)))]
                ready.put_back(some)
                back += some
            else:
                one = held.pop(0) if what == "anew" and held else queued(position)
                one.back = False  # as QuorumType.put_back does
                ready.append(one)
                others.append(one)
            assert list(ready) == [*back, *others]


def test_one_that_belongs_behind_many_does_not_walk_through_them() -> None:
    everything = [queued(position) for position in range(40_000)]
    ready, late = Ready(everything[:39_750]), everything[39_750:]
    Counted.looks = 0
    for one in late:
        ready.restore([one])
    assert Counted.looks < 250 * 40
    assert list(ready) == everything


def channel_on(queue_type: str) -> tuple[Channel, RecordingSink]:
    broker = Broker(Clock())
    broker.add_vhost("/")
    broker.grant("guest", "/", ".*", ".*", ".*")
    sink = RecordingSink()
    channel = Channel(*broker.open("/", "guest"), sink, ConnectionOwner())
    arguments = {"x-queue-type": queue_type, "x-delivery-limit": 5}
    channel.queue_declare(
        "q", durable=True, arguments=arguments if queue_type == "quorum" else None
    )
    return channel, sink


@pytest.mark.parametrize("queue_type", ["classic", "quorum"])
def test_what_a_channel_held_comes_back_before_the_rest_in_order(queue_type: str) -> None:
    channel, _ = channel_on(queue_type)
    other = Channel(channel.vhost, channel.user, RecordingSink(), ConnectionOwner())
    for number in range(3_000):
        channel.publish(Message("", "q", b"%d" % number))
    for _ in range(1_000):
        channel.get("q")
    channel.close()
    got = [other.get("q", no_ack=True) for _ in range(3_000)]
    assert [int(one.message.body) for one in got if one is not None] == list(range(3_000))


def test_a_rollback_does_not_look_at_tags_of_long_ago() -> None:
    channel, _ = channel_on("classic")
    for _ in range(500):
        channel.publish(Message("", "q", b"x"))
        channel.get("q", no_ack=True)
    channel.publish(Message("", "q", b"x"))
    got = channel.get("q")
    assert got is not None
    channel.tx_select()
    channel.ack(got.delivery_tag, multiple=True)
    channel.tx_rollback()
    assert channel.core.deliveries._oldest_tag == got.delivery_tag == 501
    assert list(channel.unacked) == [501]
    channel.ack(got.delivery_tag, multiple=True)
    channel.tx_commit()
    assert channel.unacked == {}


@pytest.mark.parametrize("kind", [Ready, ReturnedFirst])
def test_what_comes_back_to_the_front_is_not_looked_for(kind: type[Ready | ReturnedFirst]) -> None:
    """A search of a deque begins in its middle, which is far away in a long one."""
    looked: list[int] = []

    class Watched(kind):  # type: ignore[misc, valid-type]  # a class as a value
        def __getitem__(self, index: Any) -> Any:
            looked.append(index)
            return super().__getitem__(index)

    ready = Watched(queued(position) for position in range(1_000))
    first = ready.popleft()
    if isinstance(ready, ReturnedFirst):
        ready.put_back([first])
    else:
        ready.restore([first])
    assert set(looked) <= {0}
    assert [one.position for one in ready] == list(range(1_000))
