"""Field tables, both ways, checked against bytes written by hand and against pamqp."""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import decode as pamqp_decode
from pamqp import encode as pamqp_encode

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.fields import (
    Binary,
    Float32,
    Int8,
    Int16,
    Int64,
    Timestamp,
    UInt8,
    UInt16,
    UInt32,
)
from hubemu.broker.wire.table import MAX_DEPTH, decode_table, encode_table

CASES: list[tuple[bytes, Any]] = [
    (b"t\x01", True),
    (b"t\x00", False),
    (b"b\xff", Int8(-1)),
    (b"B\xff", UInt8(255)),
    (b"s\xff\xfe", Int16(-2)),
    (b"u\xff\xfe", UInt16(65534)),
    (b"I\xff\xff\xff\xfd", -3),
    (b"i\xff\xff\xff\xfd", UInt32(4294967293)),
    (b"l\xff\xff\xff\xff\xff\xff\xff\xfc", Int64(-4)),
    (b"f\x3f\xc0\x00\x00", Float32(1.5)),
    (b"d\x3f\xf8\x00\x00\x00\x00\x00\x00", 1.5),
    (b"D\x02\x00\x00\x01\x3b", Decimal("3.15")),
    (b"S\x00\x00\x00\x03\xc3\xa9!", "é!"),
    (b"S\x00\x00\x00\x02\xff\xfe", b"\xff\xfe"),
    (b"x\x00\x00\x00\x02ab", Binary(b"ab")),
    (b"T\x00\x00\x00\x00\x65\x53\xf1\x00", Timestamp(1700000000)),
    (b"V", None),
    (b"A\x00\x00\x00\x07I\x00\x00\x00\x01t\x01", [1, True]),
    (b"F\x00\x00\x00\x04\x01at\x01", {"a": True}),
]


@pytest.mark.parametrize(("raw", "value"), CASES)
def test_a_value_keeps_its_type_both_ways(raw: bytes, value: Any) -> None:
    content = b"\x01k" + raw
    decoded = decode_table(content)["k"]
    assert decoded == value
    assert type(decoded) is type(value)
    assert encode_table({"k": decoded}) == len(content).to_bytes(4) + content


def test_upper_and_lower_case_l_are_both_signed_long() -> None:
    assert decode_table(b"\x01kL" + b"\xff" * 8) == {"k": -1}


def test_a_large_plain_int_becomes_a_long() -> None:
    assert encode_table({"k": 2**40})[6:7] == b"l"


def test_the_first_of_two_equal_names_wins() -> None:
    assert decode_table(b"\x01kt\x00\x01kt\x01") == {"k": False}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("kind", ["f", "d"])
def test_what_erlang_cannot_read_is_no_fraction(kind: str, value: str) -> None:
    with pytest.raises(MalformedError):
        decode_table(b"\x01k" + kind.encode() + struct.pack(f">{kind}", float(value)))


@pytest.mark.parametrize(("raw", "_value"), CASES)
def test_every_truncation_is_refused(raw: bytes, _value: Any) -> None:
    content = b"\x01k" + raw
    for end in range(1, len(content)):
        with pytest.raises(MalformedError):
            decode_table(content[:end])


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(MalformedError, match="unknown field type b'Z'"):
        decode_table(b"\x01kZ\x01")


def test_nesting_is_bounded() -> None:
    value: list[Any] = []
    for _ in range(MAX_DEPTH - 2):
        value = [value]
    content = encode_table({"k": value})[4:]
    assert decode_table(content) == {"k": value}
    with pytest.raises(MalformedError, match="nested"):
        decode_table(encode_table({"k": [value]})[4:])


@pytest.mark.parametrize("value", [object(), {1, 2}, Decimal("-1"), 2**70, UInt8(256)])
def test_what_the_wire_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        encode_table({"k": value})


@given(st.binary(max_size=64))
def test_any_bytes_give_a_table_or_a_refusal(content: bytes) -> None:
    try:
        table = decode_table(content)
    except MalformedError:
        return
    assert isinstance(table, dict)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
TABLES = st.dictionaries(
    st.text(st.characters(codec="ascii"), max_size=20),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner),
        max_leaves=10,
    ),
    max_size=5,
)


@given(TABLES)
def test_pamqp_reads_what_is_written(table: dict[str, Any]) -> None:
    encoded = encode_table(table)
    assert decode_table(encoded[4:]) == table
    assert pamqp_decode.field_table(encoded) == (len(encoded), table)


@given(TABLES)
def test_what_pamqp_writes_is_read(table: dict[str, Any]) -> None:
    assert decode_table(pamqp_encode.field_table(table)[4:]) == table
