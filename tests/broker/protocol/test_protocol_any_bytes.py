"""Any bytes, in any split, give replies or one refusal, and never another exception."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.wire.frames import frame
from hubemu.broker.wire.methods import METHODS
from tests.support.amqp_dialogue import HEADER, method
from tests.support.amqp_noise import SENSIBLE, converse, noise

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


def cuts_of(data: bytes, drawn: st.DataObject) -> list[int]:
    return sorted(drawn.draw(st.lists(st.integers(0, len(data)), max_size=6)))


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_survived(data: bytes, opened: bool) -> None:
    converse(data, [], opened=opened)
    converse(HEADER + data, [], opened=opened)


@given(PIECES, st.data())
def test_any_frames_in_any_split_are_survived(pieces: list[bytes], drawn: st.DataObject) -> None:
    data = b"".join(pieces)
    converse(data, cuts_of(data, drawn), opened=True)


# Confirms are coalesced by turn, so that they depend on the split.
STEADY = st.lists(
    st.sampled_from([piece for piece in SENSIBLE if piece != method(1, "confirm.select")]),
    max_size=12,
)


@given(STEADY, st.data())
def test_the_split_changes_nothing_in_the_replies(
    pieces: list[bytes], drawn: st.DataObject
) -> None:
    data = b"".join(pieces)
    whole = b"".join(converse(data, [], opened=True))
    assert b"".join(converse(data, cuts_of(data, drawn), opened=True)) == whole


def test_noise_is_survived() -> None:
    chance = random.Random(1)
    for _ in range(200):
        data = noise(chance, 20)
        converse(data, sorted(chance.sample(range(len(data)), 3)), opened=True)
