"""Frames sensible and senseless, for whoever tries to break a connection."""

from __future__ import annotations

import random

from hubemu.broker.protocol.state import State
from hubemu.broker.wire.frames import frame
from hubemu.broker.wire.methods import METHODS
from tests.support.amqp_dialogue import GOODBYE, Dialogue, method, publish

__all__ = ["SENSIBLE", "converse", "noise"]

SENSIBLE = (
    method(1, "channel.open"),
    method(2, "channel.open"),
    method(1, "queue.declare", queue="q"),
    method(1, "queue.bind", queue="q", exchange="amq.topic", routing_key="#"),
    method(1, "confirm.select"),
    method(1, "tx.select"),
    method(1, "basic.consume", queue="q", consumer_tag="t"),
    method(1, "basic.ack", delivery_tag=1, multiple=True),
    method(1, "basic.nack", delivery_tag=2, requeue=True),
    method(1, "basic.get", queue="q"),
    method(1, "basic.recover", requeue=True),
    method(1, "basic.cancel", consumer_tag="t"),
    method(1, "queue.delete", queue="q"),
    method(1, "channel.close", reply_code=200, reply_text="", class_id=0, method_id=0),
    method(1, "channel.close_ok"),
    method(0, "connection.close_ok"),
    publish(1, "q", b"body"),
    publish(1, "q", b""),
    publish(1, "nowhere", b"x", mandatory=True),
    publish(1, "k", b"x", exchange="nope"),
    frame(8, 0, b""),
    GOODBYE,
)


def noise(chance: random.Random, pieces: int) -> bytes:
    """Frames of which some are damaged, and some are none."""
    return b"".join(_piece(chance) for _ in range(pieces))


def _piece(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.6:
        return chance.choice(SENSIBLE)
    if kind < 0.8:
        return _damaged(chance, chance.choice(SENSIBLE))
    if kind < 0.9:
        name = chance.choice(sorted(METHODS))
        fields = chance.randbytes(chance.randrange(12))
        return frame(1, chance.randrange(3), METHODS[name].prefix + fields)
    if kind < 0.97:
        return frame(chance.randrange(10), chance.randrange(4), chance.randbytes(10))
    return chance.randbytes(chance.randrange(1, 20))


def _damaged(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(1) + data[at + chance.randrange(2) :]


def converse(data: bytes, cuts: list[int], *, opened: bool) -> list[bytes]:
    """Say `data` to a connection, cut at these places; gives what it answers to each part.

    Raises:
        AssertionError: something was left behind when the connection was lost.
    """
    dialogue = Dialogue()
    if opened:
        dialogue.open()
    said = []
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        dialogue.connection.receive(data[start:end])
        while dialogue.connection.process(3):
            pass
        said.append(dialogue.raw_replies())
    dialogue.connection.lost()
    dialogue.connection.lost()
    assert dialogue.connection.state is State.CLOSED
    assert not dialogue.connection.channels
    queues = dialogue.broker.vhosts["/"].depths().values()
    assert all(depth.unacked == depth.consumers == 0 for depth in queues)
    return said
