"""Any bytes, in any split, give replies or one refusal, and never another exception."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.wire.frames import frame
from hubemu.broker.wire.methods import METHODS
from tests.support.amqp_dialogue import HEADER, Dialogue, method, publish

GOODBYE = method(0, "connection.close", reply_code=200, reply_text="", class_id=0, method_id=0)
SENSIBLE = [
    method(1, "channel.open"),
    method(2, "channel.open"),
    method(1, "queue.declare", queue="q"),
    method(1, "queue.bind", queue="q", exchange="amq.topic", routing_key="#"),
    method(1, "confirm.select"),
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
]
ANY_METHOD = st.builds(
    lambda name, channel, fields: frame(1, channel, METHODS[name].prefix + fields),
    st.sampled_from(sorted(METHODS)),
    st.integers(0, 2),
    st.binary(max_size=12),
)
ANY_FRAME = st.builds(frame, st.integers(0, 9), st.integers(0, 3), st.binary(max_size=24))
PIECES = st.lists(
    st.sampled_from(SENSIBLE) | ANY_METHOD | ANY_FRAME | st.binary(max_size=12), max_size=12
)


def replies_to(data: bytes, cuts: Sequence[int], *, opened: bool) -> list[bytes]:
    dialogue = Dialogue()
    if opened:
        dialogue.open()
    sent = []
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        dialogue.connection.receive(data[start:end])
        while dialogue.connection.process(3):
            pass
        sent.append(dialogue.raw_replies())
    dialogue.connection.lost()
    dialogue.connection.lost()
    assert not dialogue.connection.channels
    return sent


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_survived(data: bytes, opened: bool) -> None:
    replies_to(data, (), opened=opened)
    replies_to(HEADER + data, (), opened=opened)


@given(PIECES, st.data())
def test_any_frames_in_any_split_are_survived(pieces: list[bytes], drawn: st.DataObject) -> None:
    data = b"".join(pieces)
    cuts = sorted(drawn.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    replies_to(data, cuts, opened=True)


# Confirms are coalesced by turn and generated names differ: what remains must not depend on splits.
STEADY = st.lists(
    st.sampled_from([piece for piece in SENSIBLE if piece != method(1, "confirm.select")]),
    max_size=12,
)


@given(STEADY, st.data())
def test_the_split_changes_nothing_in_the_replies(
    pieces: list[bytes], drawn: st.DataObject
) -> None:
    data = b"".join(pieces)
    cuts = sorted(drawn.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    whole = b"".join(replies_to(data, (), opened=True))
    assert b"".join(replies_to(data, cuts, opened=True)) == whole
