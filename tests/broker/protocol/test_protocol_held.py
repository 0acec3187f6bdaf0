"""What clients hold outside of queues counts towards the memory limit, and is given back."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from hubemu.broker.core import Broker, Limits
from hubemu.broker.core.alarms import MEMORY
from tests.support.amqp_dialogue import GOODBYE, Dialogue, guest_broker, method, publish

LIMITS = Limits(queued_bytes=10_000, refuse_factor=2.0)
FRAME_MAX = 4096
PIECE = FRAME_MAX - 8


def client(broker: Broker) -> Dialogue:
    return Dialogue(broker).channel(frame_max=FRAME_MAX)


def unfinished(size: int, pieces: int, channel: int = 1) -> bytes:
    """The frames of a message whose body is `pieces` frames short of its end."""
    return whole(size, channel)[: -pieces * (PIECE + 8)]


def whole(size: int, channel: int = 1) -> bytes:
    data = publish(channel, "q", b"", raw=b"\0\0")[:-1]
    header = data.rindex(b"\0\x3c\0\0")
    data = data[: header + 4] + size.to_bytes(8) + data[header + 12 :] + b"\xce"
    piece = b"\x03" + channel.to_bytes(2) + PIECE.to_bytes(4) + b"x" * PIECE + b"\xce"
    assert size % PIECE == 0
    return data + piece * (size // PIECE)


def test_an_unfinished_body_raises_the_alarm_and_its_end_lowers_it() -> None:
    broker = guest_broker(LIMITS)
    holder, publisher = client(broker), client(broker)
    holder.send(unfinished(4 * PIECE, 2))
    assert broker.memory_use.bytes == 2 * PIECE + 2
    assert not broker.under_pressure
    holder.send(whole(4 * PIECE)[-2 * (PIECE + 8) : -(PIECE + 8)])
    assert broker.under_pressure
    publisher.send(publish(1, "q", b"x"))
    assert not publisher.connection.wants_input
    holder.send(whole(4 * PIECE)[-(PIECE + 8) :])
    assert not broker.under_pressure
    assert publisher.connection.wants_input
    publisher.send()
    assert broker.memory_use.bytes == 0


def test_a_body_that_reaches_its_queue_counts_once_there() -> None:
    broker = guest_broker(LIMITS)
    holder = client(broker)
    holder.send(method(1, "queue.declare", queue="q"), whole(2 * PIECE))
    assert (broker.memory_use.bytes, broker.memory_use.messages) == (2 * PIECE, 1)
    changes: list[bool] = []
    broker.alarms.watch(lambda _reason, raised: changes.append(raised))
    holder.send(whole(2 * PIECE))
    assert changes == [True]
    assert broker.memory_use.bytes == 4 * PIECE


ENDS: dict[str, Callable[[Dialogue], object]] = {
    "lost": lambda dialogue: dialogue.connection.lost(),
    "closed": lambda dialogue: dialogue.send(GOODBYE),
    "another frame": lambda dialogue: dialogue.send(method(1, "queue.declare", queue="q")),
    "forced": lambda dialogue: dialogue.connection.force_close("enough"),
    "damaged": lambda dialogue: dialogue.send(b"\x03\0\x01\0\0\0\1x\0"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_every_end_gives_an_unfinished_body_back(end: Callable[[Dialogue], object]) -> None:
    broker = guest_broker(LIMITS)
    holder = client(broker)
    holder.send(unfinished(4 * PIECE, 1))
    assert broker.under_pressure
    end(holder)
    assert broker.memory_use.bytes == 0
    assert not broker.under_pressure


def test_bodies_beyond_all_bounds_are_refused_and_given_back() -> None:
    broker = guest_broker(LIMITS)
    holder = client(broker)
    (close,) = holder.send(unfinished(9 * PIECE, 1))
    assert close[1] == "connection.close"
    assert close[2]["reply_code"] == 506
    assert close[2]["reply_text"].startswith("RESOURCE_ERROR - too many messages are queued")
    assert broker.memory_use.bytes == 0
    assert not broker.under_pressure


def test_headers_of_unfinished_messages_count_too() -> None:
    broker = guest_broker(LIMITS)
    holder = client(broker)
    table = b"\x20\0" + (3000).to_bytes(4) + b"\x01aS" + (2993).to_bytes(4) + b"x" * 2993
    for number in range(2, 7):
        head = publish(number, "q", b"x", raw=table)[: -(1 + 8)]
        holder.send(method(number, "channel.open"), head)
    assert broker.memory_use.bytes == 5 * len(table)
    holder.connection.lost()
    assert broker.memory_use.bytes == 0


SETTLED = {
    "commit": (method(1, "tx.commit"), True),
    "rollback": (method(1, "tx.rollback"), False),
    "close": (
        method(1, "channel.close", reply_code=200, reply_text="", class_id=0, method_id=0),
        False,
    ),
    "goodbye": (GOODBYE, False),
}


@pytest.mark.parametrize(("end", "kept"), SETTLED.values(), ids=SETTLED)
def test_a_transaction_counts_until_its_end(end: bytes, kept: bool) -> None:
    broker = guest_broker(LIMITS)
    dialogue = Dialogue(broker).channel()
    dialogue.send(method(1, "queue.declare", queue="q"), method(1, "tx.select"))
    dialogue.send(publish(1, "q", b"x" * 4000) * 2)
    assert broker.memory_use.bytes == 2 * 4002
    assert not broker.under_pressure
    dialogue.send(publish(1, "q", b"x" * 4000))
    assert broker.under_pressure
    assert not dialogue.connection.wants_input
    dialogue.connection.alarm(MEMORY, False)  # as if others had made room: it may go on
    dialogue.send(end)
    assert broker.memory_use.bytes == (3 * 4000 if kept else 0)
    assert broker.under_pressure == kept
    if kept:
        broker.vhosts["/"].queues["q"].purge()
        assert broker.memory_use.bytes == 0
        assert not broker.under_pressure


def test_nothing_of_a_lost_connection_waits_for_the_collector() -> None:
    broker = guest_broker()
    gc.collect()
    gc.disable()
    try:
        dialogue = Dialogue(broker).channel()
        dialogue.send(method(1, "queue.declare", queue="q"), method(1, "basic.consume", queue="q"))
        dialogue.send(publish(1, "q", b"x"), method(2, "channel.open"), unfinished(8 * PIECE, 1, 2))
        dialogue.connection.receive(publish(1, "q", b"cut short")[:-3])
        gone = weakref.ref(dialogue.connection)
        channels = weakref.ref(dialogue.connection.channels)
        broker.alarms._watchers.clear()
        dialogue.connection.lost()
        del dialogue.connection
        assert gone() is None
        assert channels() is None
    finally:
        gc.enable()
