"""Frames: one at a time from any split of the bytes, damage told from absence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.wire import basic
from hubemu.broker.wire.errors import FrameError
from hubemu.broker.wire.frames import BODY, HEARTBEAT_FRAME, METHOD, FrameReader, RawFrame, frame
from hubemu.broker.wire.publish import decode_publish

FRAMES = [(METHOD, 1, b"abcd"), (BODY, 65535, b""), (BODY, 2, b"x" * 300)]
STREAM = b"".join(frame(*one) for one in FRAMES)


def read_all(reader: FrameReader) -> list[RawFrame]:
    frames = []
    while (one := reader.next()) is not None:
        frames.append(one)
    return frames


@pytest.mark.parametrize("step", [1, 2, 7, 8, 9, 100, len(STREAM)])
def test_every_split_gives_the_same_frames(step: int) -> None:
    reader = FrameReader(4096)
    frames = []
    for start in range(0, len(STREAM), step):
        reader.feed(STREAM[start : start + step])
        frames += read_all(reader)
    assert frames == FRAMES
    assert reader.pending == 0


def test_trailing_bytes_wait_for_the_rest() -> None:
    reader = FrameReader(4096)
    reader.feed(STREAM + b"\x01\x00")
    assert read_all(reader) == FRAMES
    assert reader.pending == 2


def test_a_payload_of_frame_max_is_let_through_as_rabbitmq_does() -> None:
    reader = FrameReader(4096)
    reader.feed(frame(BODY, 1, b"x" * 4096))
    assert reader.next() is not None


def test_a_larger_frame_is_refused_before_it_is_there() -> None:
    reader = FrameReader(4096)
    reader.feed(frame(BODY, 1, b"x" * 4097)[:7])
    with pytest.raises(FrameError, match=r"^\{frame_too_large,4097,4088\}$"):
        reader.next()


def test_without_a_limit_any_size_is_awaited() -> None:
    reader = FrameReader(0)
    reader.feed(b"\x03\x00\x01\xff\xff\xff\xff")
    assert reader.next() is None


def test_a_frame_without_its_end_octet_is_refused() -> None:
    reader = FrameReader(4096)
    reader.feed(frame(METHOD, 1, b"abcd")[:-1] + b"\x00")
    with pytest.raises(FrameError, match="invalid_frame_end_marker,0") as caught:
        reader.next()
    assert caught.value.payload == b"abcd"


def test_heartbeat_is_eight_octets() -> None:
    assert HEARTBEAT_FRAME == b"\x08\x00\x00\x00\x00\x00\x00\xce"


def test_take_gives_octets_before_frames() -> None:
    reader = FrameReader(4096)
    reader.feed(b"AMQP")
    assert reader.take(8) is None
    reader.feed(b"\0\0\x09\x01" + HEARTBEAT_FRAME)
    assert reader.take(8) == b"AMQP\0\0\x09\x01"
    assert reader.next() == (8, 0, b"")


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_any_bytes_give_frames_or_one_refusal(chunks: list[bytes]) -> None:
    reader = FrameReader(64)
    try:
        for chunk in chunks:
            reader.feed(chunk)
            read_all(reader)
    except FrameError:
        return
    assert reader.pending <= sum(map(len, chunks))


# --- whole messages

MESSAGE = (1, "amq.topic", "a.b", 1, b"\x80\x00\x03a/b", b"body")


def message_frames(body: bytes = b"body", channel: int = 1) -> bytes:
    fields = b"\x00\x3c\x00\x28\x00\x00\x09amq.topic\x03a.b\x01"
    return frame(METHOD, 1, fields) + basic.content(channel, MESSAGE[4], body, 0)


def test_a_whole_message_is_taken_at_once() -> None:
    reader = FrameReader(4096)
    reader.feed(message_frames() + message_frames(b"") + HEARTBEAT_FRAME)
    assert reader.next_publish({1}) == MESSAGE
    assert reader.next_publish({1}) == (*MESSAGE[:5], b"")
    assert reader.next_publish({1}) is None
    assert reader.next() == (8, 0, b"")


def test_a_message_that_is_not_whole_is_left_to_the_frame_reader() -> None:
    whole = message_frames()
    for end in range(len(whole)):
        reader = FrameReader(4096)
        reader.feed(whole[:end])
        assert reader.next_publish({1}) is None
        assert reader.pending == end


@pytest.mark.parametrize(
    "data",
    [
        message_frames(channel=2),
        message_frames(b"x" * 4097),
        basic.publisher_ack(1, 1, False) * 5,
        message_frames()[:28] + b"\x00" + message_frames()[29:],
        message_frames()[:54] + b"\x00" + message_frames()[55:],
        message_frames()[:-1] + b"\x00",
    ],
)
def test_anything_unusual_is_left_to_the_frame_reader(data: bytes) -> None:
    reader = FrameReader(4096)
    reader.feed(data)
    assert reader.next_publish({1}) is None
    assert reader.pending == len(data)


@given(st.binary(max_size=80), st.integers(0, 70), st.binary(min_size=1, max_size=3))
def test_a_damaged_message_is_the_same_both_ways(tail: bytes, at: int, change: bytes) -> None:
    whole = message_frames()
    data = whole[:at] + change + whole[at + len(change) :] + tail
    fast, slow = FrameReader(4096), FrameReader(4096)
    fast.feed(data)
    slow.feed(data)
    message = fast.next_publish(range(65_536))
    if message is None:
        assert fast.pending == len(data)
        return
    frames = [slow.next() for _ in range(3 if message[5] else 2)]
    assert slow.pending == fast.pending
    assert frames[0] is not None
    assert decode_publish(frames[0][2]) == message[1:4]
    assert frames[1] is not None
    assert basic.decode_header(frames[1][2]) == (
        60,
        0,
        len(message[5]),
        message[4],
    )
    assert {one[1] for one in frames if one is not None} == {message[0]}
