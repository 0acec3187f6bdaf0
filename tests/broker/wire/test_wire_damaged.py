"""What is cut or too large for the wire is refused in the same way wherever it is looked at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hubemu.broker.wire import properties as wire
from hubemu.broker.wire import text
from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.table import check_table, encode_table
from hubemu.properties import Properties

FULL = wire.encode_properties(
    Properties(content_type="a/b", content_encoding="c", headers={"k": 1}, delivery_mode=2)
)


@pytest.mark.parametrize("end", range(len(FULL)))
def test_flags_without_what_they_say_are_refused(end: int) -> None:
    with pytest.raises(MalformedError):
        wire.decode_properties(FULL[:end])


def test_a_delivery_mode_that_is_cut_off_is_refused_and_one_that_is_there_is_read() -> None:
    assert wire.delivery_mode(FULL) == 2
    for end in range(2, len(FULL)):
        with pytest.raises(MalformedError, match="shorter than its flags say"):
            wire.delivery_mode(FULL[:end])


@pytest.mark.parametrize(
    "wrong", [{"priority": 256}, {"priority": -1}, {"timestamp": -1}, {"timestamp": 2**64}]
)
def test_a_number_that_its_property_cannot_hold_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match="does not fit its property"):
        wire.encode_properties(Properties(**wrong))


@pytest.mark.parametrize("value", [Decimal(2**32), Decimal(10) ** 40, Decimal("1E-256")])
def test_a_decimal_that_its_field_cannot_hold_is_refused(value: Decimal) -> None:
    with pytest.raises(MalformedError):
        encode_table({"k": value})


def test_a_short_string_that_is_no_utf_8_is_escaped_within_its_length() -> None:
    shown = text.text(b"\xff" * 200)
    assert shown == "\\xff" * 63 + "\\xf"[:3]
    assert len(shown.encode()) <= 255
    assert text.text(b"\xff" * 300) == "\\xff" * 300


def test_text_of_other_lone_surrogates_is_written_with_question_marks() -> None:
    assert text.pack("\ud800x") == b"?x"
    assert text.pack(text.exact(b"\xffx")) == b"\xffx"


def test_properties_behind_which_something_stands_are_refused() -> None:
    with pytest.raises(MalformedError, match="longer or shorter"):
        wire.decode_properties(FULL + b"\0")


def test_headers_cannot_be_replaced_where_what_stands_before_them_is_cut_off() -> None:
    with pytest.raises(MalformedError, match="shorter than its flags say"):
        wire.replace_headers(b"\x80\0", {})


def test_a_field_whose_name_runs_past_the_end_is_refused() -> None:
    with pytest.raises(MalformedError, match="runs past the end"):
        check_table(b"\x05ab")


def test_a_short_string_of_256_bytes_is_refused() -> None:
    assert text.pack_short("é" * 127 + "e") == b"\xff" + "é".encode() * 127 + b"e"
    with pytest.raises(MalformedError, match="255 bytes at most, got 256"):
        text.pack_short("é" * 128)
