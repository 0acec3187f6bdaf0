"""Basic properties: raw bytes <-> values, checked against pamqp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.commands import Basic

from hubemu.broker.wire import properties as wire
from hubemu.broker.wire.errors import MalformedError
from hubemu.properties import Properties

FULL = Properties(
    content_type="application/json",
    content_encoding="utf-8",
    headers={"k": "v", "n": [1, 2]},
    delivery_mode=2,
    priority=5,
    correlation_id="c",
    reply_to="r",
    expiration="60000",
    message_id="m",
    timestamp=1700000000,
    type="t",
    user_id="guest",
    app_id="a",
    cluster_id="x",
)
FULL_RAW = wire.encode_properties(FULL)


def test_all_properties_both_ways() -> None:
    assert FULL_RAW[:2] == b"\xff\xfc"
    assert wire.decode_properties(FULL_RAW) == FULL


def test_no_properties_are_two_octets() -> None:
    assert wire.encode_properties(Properties()) == wire.NO_PROPERTIES
    assert wire.decode_properties(wire.NO_PROPERTIES) == Properties()


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (wire.delivery_mode, 2),
        (wire.priority, 5),
        (wire.expiration, "60000"),
        (wire.user_id, "guest"),
        (wire.headers, {"k": "v", "n": [1, 2]}),
        (wire.has_headers, True),
    ],
)
def test_one_property_is_read_without_the_others(
    read: Callable[[bytes], object], value: object
) -> None:
    assert read(FULL_RAW) == value
    assert not read(wire.NO_PROPERTIES)


def test_replacing_headers_leaves_the_rest_byte_for_byte() -> None:
    raw = wire.replace_headers(FULL_RAW, {"x": 1})
    assert wire.decode_properties(raw) == msgspec.structs.replace(FULL, headers={"x": 1})


def test_a_dead_letter_loses_its_expiration() -> None:
    raw = wire.replace_headers(FULL_RAW, {}, keep_expiration=False)
    assert wire.decode_properties(raw) == msgspec.structs.replace(FULL, headers={}, expiration=None)


def test_headers_are_added_where_there_were_none() -> None:
    raw = wire.encode_properties(Properties(content_type="a/b", delivery_mode=2))
    assert wire.decode_properties(wire.replace_headers(raw, {"x": 1})) == Properties(
        content_type="a/b", headers={"x": 1}, delivery_mode=2
    )


def test_text_that_is_not_utf8_is_escaped() -> None:
    assert wire.decode_properties(b"\x80\x00\x02\xe9a").content_type == r"\xe9a"


def test_every_truncation_is_refused() -> None:
    for end in range(len(FULL_RAW)):
        with pytest.raises(MalformedError):
            wire.check_properties(FULL_RAW[:end])


def test_bytes_after_the_list_are_refused() -> None:
    with pytest.raises(MalformedError):
        wire.check_properties(FULL_RAW + b"\0")


@given(st.binary(max_size=40))
def test_checked_bytes_are_always_readable(raw: bytes) -> None:
    try:
        wire.check_properties(raw)
    except MalformedError:
        return
    wire.decode_properties(raw)


SHORT = st.text(st.characters(codec="ascii"), min_size=1, max_size=20)
PROPERTIES = st.builds(
    Properties,
    content_type=st.none() | SHORT,
    content_encoding=st.none() | SHORT,
    headers=st.none() | st.dictionaries(SHORT, SHORT, max_size=1),
    delivery_mode=st.none() | st.sampled_from([1, 2]),
    priority=st.none() | st.integers(0, 255),
    correlation_id=st.none() | SHORT,
    reply_to=st.none() | SHORT,
    expiration=st.none() | SHORT,
    message_id=st.none() | SHORT,
    type=st.none() | SHORT,
    user_id=st.none() | SHORT,
    app_id=st.none() | SHORT,
)
RENAMED = {"type": "message_type"}


@given(PROPERTIES)
def test_pamqp_agrees(properties: Properties) -> None:
    values: dict[str, Any] = {
        RENAMED.get(name, name): value
        for name, value in msgspec.structs.asdict(properties).items()
        if name not in ("timestamp", "cluster_id")
    }
    theirs = Basic.Properties(**values)
    raw = wire.encode_properties(properties)
    assert raw == theirs.marshal()
    assert wire.decode_properties(raw) == properties
