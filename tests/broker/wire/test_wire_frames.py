"""Frames: one at a time from any split of the bytes, damage told from absence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.wire.errors import FrameError
from hubemu.broker.wire.frames import BODY, HEARTBEAT_FRAME, METHOD, FrameReader, RawFrame, frame

FRAMES = [RawFrame(METHOD, 1, b"abcd"), RawFrame(BODY, 65535, b""), RawFrame(BODY, 2, b"x" * 300)]
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
    assert reader.next() == RawFrame(8, 0, b"")


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
