"""Properties on their way through a dispatcher: what changes, and what stays byte for byte."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.properties import (
    NO_PROPERTIES,
    check_properties,
    content_type,
    decode_properties,
    encode_properties,
)
from hubemu.broker.wire.rewriting import passed_on, with_content_type, with_header
from hubemu.properties import Properties
from tests.broker.wire.test_wire_properties import PROPERTIES

JSON = "application/json"
OURS = ("x-death-original-routing-key", "fr.health.samuA")


@given(PROPERTIES, st.none() | st.just("90000"))
@example(Properties(), None)
@example(Properties(headers={OURS[0]: 1, "other": "x"}, expiration="5"), "90000")
@example(Properties(headers={"h": OURS[0]}, content_type="text/plain"), None)
@example(Properties(content_type=JSON, headers={"n": "1"}, delivery_mode=1), None)
@example(Properties(content_type=JSON, headers={"n": "1"}, delivery_mode=2), "90000")
@example(Properties(content_encoding="utf-8", delivery_mode=2), "90000")
@example(Properties(content_type=JSON, delivery_mode=2, priority=0), "90000")
def test_passing_on_is_decoding_changing_and_encoding(
    properties: Properties, lifetime: str | None
) -> None:
    made = passed_on(encode_properties(properties), JSON, OURS, lifetime)
    check_properties(made)
    assert decode_properties(made) == msgspec.structs.replace(
        properties,
        content_type=JSON,
        headers={**(properties.headers or {}), OURS[0]: OURS[1]},
        delivery_mode=2,
        expiration=lifetime or properties.expiration,
    )


def test_what_is_not_text_is_passed_on_as_it_came() -> None:
    latin = b"\xe9"
    table = b"\x01kS\x00\x00\x00\x01" + latin
    raw = b"\x24\x00" + len(table).to_bytes(4) + table + b"\x01" + latin  # headers, correlation id
    made = passed_on(raw, JSON, OURS, None)
    assert table in made
    assert made.endswith(b"\x01" + latin)


@given(PROPERTIES, st.integers(2, 40))
def test_a_list_cut_short_is_malformed_or_passed_on_well_formed(
    properties: Properties, length: int
) -> None:
    raw = encode_properties(properties)[:length]
    try:
        check_properties(raw)
    except MalformedError:
        return
    check_properties(passed_on(raw, JSON, OURS, None))


@pytest.mark.parametrize("raw", [b"\x80\0\5ab", b"\x20\0\0\0\0\x09", b"\x10\0", b"\x80"])
def test_a_property_list_that_is_too_short_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        passed_on(raw, JSON, OURS, None)


def test_one_more_header() -> None:
    once = with_header(NO_PROPERTIES, "x-redelivered", True)
    assert decode_properties(once) == Properties(headers={"x-redelivered": True})
    again = with_header(once, "x-redelivered", True)
    assert again == once


def test_the_content_type_alone() -> None:
    assert content_type(NO_PROPERTIES) is None
    assert content_type(encode_properties(Properties(content_type=JSON, priority=1))) == JSON


@given(PROPERTIES, st.text(max_size=60))
def test_another_content_type_changes_nothing_else(properties: Properties, value: str) -> None:
    changed = with_content_type(encode_properties(properties), value)
    assert changed == encode_properties(msgspec.structs.replace(properties, content_type=value))


@pytest.mark.parametrize("raw", [b"", b"\x80", b"\x80\x00", b"\x80\x00\x05abc"])
def test_a_content_type_that_is_cut_off_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        with_content_type(raw, "text/plain")
