"""A message or an acknowledgement read at once, and frame by frame: both have the same effect."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.core import Limits
from hubemu.broker.protocol.channel import ChannelSession
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.wire.basic import content
from hubemu.broker.wire.frames import METHOD, frame
from hubemu.broker.wire.properties import encode_properties
from hubemu.properties import Properties
from tests.support.amqp_dialogue import Dialogue, guest_broker, method
from tests.support.amqp_noise import SENSIBLE, noise

LARGEST = 40
"""Octets of body."""
EXCHANGES = (b"", b"amq.topic", b"amq.direct", b"nope", b"\xff", b"amq.rabbitmq.trace")
KEYS = (b"q", b"", b"nowhere", b"\xff\xfe", "é".encode(), b"k" * 255)
HEADERS = (
    b"\0\0",
    b"\x80\0\x03a/b",
    encode_properties(Properties(delivery_mode=2, headers={"CC": ["q"], "a": 1})),
    encode_properties(Properties(headers={"CC": 1})),
    encode_properties(Properties(expiration="soon")),
    encode_properties(Properties(user_id="somebody")),
    b"\x20\0\xff\xff\xff\xff",
    b"\0\x01",
    b"\xff\xff",
    b"\0",
    b"",
)
CHANNELS = (0, 1, 1, 1, 2, 3, 65_535)


class _Never(dict[int, ChannelSession]):
    """No channel takes messages at once."""

    def __contains__(self, number: object) -> bool:
        return False


def message(channel: int, exchange: bytes, key: bytes, bits: int, raw: bytes, size: int) -> bytes:
    fields = b"\0\0%c%b%c%b%c" % (len(exchange), exchange, len(key), key, bits)
    head = frame(METHOD, channel, b"\x00\x3c\x00\x28" + fields)
    return head + content(channel, raw, b"x" * size, 131_072)


MESSAGES = st.builds(
    message,
    st.sampled_from(CHANNELS),
    st.sampled_from(EXCHANGES),
    st.sampled_from(KEYS),
    st.sampled_from((0, 0, 1, 2, 3, 255)),
    st.sampled_from(HEADERS) | st.binary(max_size=8),
    st.integers(0, LARGEST + 2),
)
ACKS = st.builds(
    method,
    st.sampled_from(CHANNELS),
    st.just("basic.ack"),
    delivery_tag=st.integers(0, 4) | st.integers(0, 2**64 - 1),
    multiple=st.booleans(),
)
HOLDING = (
    method(1, "channel.open"),
    method(1, "queue.declare", queue="q"),
    method(1, "basic.consume", queue="q", consumer_tag="t"),
    *(message(1, b"", b"q", 0, b"\0\0", size) for size in range(1, 4)),
)
"""Three deliveries wait for their acknowledgements."""
FEW = Limits(queued_messages=3, refuse_factor=2.0)
CONFIRM, TX = method(1, "confirm.select"), method(1, "tx.select")
OPENED = (b"", method(1, "channel.open"), method(1, "channel.open") + CONFIRM)


def effects(data: bytes, cuts: list[int], limits: Limits | None, *, at_once: bool) -> object:
    """What a connection answers to each part of `data`, tells of, and leaves in its queues."""
    dialogue = Dialogue(
        guest_broker(limits), limits=ConnectionLimits(max_message_size=LARGEST)
    ).open()
    if not at_once:
        dialogue.connection.channels.taking = _Never()
    said = []
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        dialogue.connection.receive(data[start:end])
        while dialogue.connection.process(1.0):
            pass
        said.append(dialogue.raw_replies())
    connection = dialogue.connection
    kept = {
        name: (
            queue.depth,
            [(queued.message.body, queued.message.header) for queued in queue.messages.ready],
        )
        for name, queue in dialogue.broker.vhosts["/"].queues.items()
    }
    state = (connection.state, connection.closing_in, connection.wants_input)
    taking = sorted(connection.channels.taking)
    return said, state, kept, dialogue.broker.under_pressure, taking


def the_same_both_ways(data: bytes, cuts: list[int], limits: Limits | None) -> None:
    whole = effects(data, cuts, limits, at_once=True)
    by_frames = effects(data, cuts, limits, at_once=False)
    assert whole == by_frames


@given(
    st.sampled_from(OPENED),
    st.lists(MESSAGES | st.sampled_from(SENSIBLE), max_size=10),
    st.sampled_from((None, FEW)),
    st.data(),
)
def test_any_messages_have_the_same_effect_both_ways(
    opened: bytes, pieces: list[bytes], limits: Limits | None, drawn: st.DataObject
) -> None:
    data = opened + b"".join(pieces)
    cuts = sorted(drawn.draw(st.lists(st.integers(0, len(data)), max_size=3)))
    the_same_both_ways(data, cuts, limits)


@given(
    st.sampled_from((b"", TX)),
    st.lists(ACKS | MESSAGES | st.sampled_from(SENSIBLE), max_size=8),
    st.data(),
)
def test_any_acknowledgements_have_the_same_effect_both_ways(
    mode: bytes, pieces: list[bytes], drawn: st.DataObject
) -> None:
    data = b"".join((*HOLDING, mode, *pieces))
    cuts = sorted(drawn.draw(st.lists(st.integers(0, len(data)), max_size=3)))
    the_same_both_ways(data, cuts, None)


@given(ACKS, st.integers(0, 21), st.binary(min_size=1, max_size=2), ACKS)
def test_a_damaged_acknowledgement_has_the_same_effect_both_ways(
    good: bytes, at: int, change: bytes, next_one: bytes
) -> None:
    damaged = good[:at] + change + good[at + len(change) :]
    the_same_both_ways(b"".join((*HOLDING, damaged, next_one)), [], None)


@given(MESSAGES, st.integers(0, 60), st.binary(min_size=1, max_size=2), MESSAGES)
def test_a_damaged_message_has_the_same_effect_both_ways(
    good: bytes, at: int, change: bytes, next_one: bytes
) -> None:
    damaged = good[:at] + change + good[at + len(change) :]
    the_same_both_ways(method(1, "channel.open") + damaged + next_one, [], None)


def test_noise_has_the_same_effect_both_ways() -> None:
    chance = random.Random(20)
    for _ in range(300):
        data = chance.choice(OPENED) + noise(chance, 20)
        the_same_both_ways(data, sorted(chance.sample(range(len(data)), 2)), None)


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        (0, "CHANNEL_ERROR - unexpected method in connection state running"),
        (3, "CHANNEL_ERROR - expected 'channel.open'"),
    ],
)
def test_a_whole_message_where_none_may_be_is_refused_in_rabbitmqs_words(
    channel: int, text: str
) -> None:
    replies = Dialogue().open().send(message(channel, b"", b"q", 0, b"\0\0", 4))
    told = {"reply_code": 504, "reply_text": text, "class_id": 60, "method_id": 40}
    assert replies == [(0, "connection.close", told)]
