"""What a decoded message is looked at for: each rule where it stands, dates printed in place."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hubemu.messages.json.struct_looks import (
    Dates,
    fraction,
    look_of,
    number,
    ruled,
)
from hubemu.messages.text.java_numbers import printed_number

CODE: Any = ruled(str.isupper)
DATES = Dates(lambda text: text.startswith("2026"), str.lower)
DAY: Any = ruled(DATES)
FILLED: Any = ruled(str.isupper, filled=True)


class Inner(msgspec.Struct):
    at: DAY
    plain: str = ""


class Outer(msgspec.Struct, kw_only=True):
    code: CODE
    filled: FILLED | msgspec.UnsetType = msgspec.UNSET
    codes: list[CODE] | msgspec.UnsetType = msgspec.UNSET
    days: list[DAY] | msgspec.UnsetType = msgspec.UNSET
    size: number | msgspec.UnsetType = msgspec.UNSET
    sizes: list[number] | msgspec.UnsetType = msgspec.UNSET
    one: Inner | msgspec.UnsetType = msgspec.UNSET
    many: list[Inner] | msgspec.UnsetType = msgspec.UNSET


class Plain(msgspec.Struct):
    text: str
    texts: list[str]


LOOK = look_of(Outer)
DECODER = msgspec.json.Decoder(Outer, float_hook=fraction)


def looked_at(body: str) -> Any:
    message = DECODER.decode(body)
    assert LOOK is not None
    LOOK(message)
    return message


def test_nobody_looks_where_there_is_no_rule() -> None:
    assert look_of(Plain) is None


@pytest.mark.parametrize(
    "field",
    [
        '"filled":"B"',
        '"codes":["B","C"]',
        '"codes":[]',
        '"days":["2026A"]',
        '"size":1',
        '"size":-1.50',
        '"size":9223372036854775808',
        '"sizes":[1,2.5]',
        '"one":{"at":"2026A"}',
        '"many":[{"at":"2026A"},{"at":"2026B","plain":"x"}]',
    ],
)
def test_what_fits_is_taken(field: str) -> None:
    looked_at(f'{{"code":"A",{field}}}')


@pytest.mark.parametrize(
    "field",
    [
        '"filled":"b"',
        '"codes":["B","c"]',
        '"days":["2026A","2025A"]',
        '"size":"1"',
        '"size":true',
        '"size":null',
        '"size":9223372036854775809',
        '"sizes":[1,[2.5]]',
        '"size":1' + "0" * 1_000 + ".5",
        '"size":1e99999999999',
        '"one":{"at":"2025"}',
        '"many":[{"at":"2026A"},{"at":"2025B"}]',
    ],
)
def test_what_does_not_fit_is_doubted(field: str) -> None:
    with pytest.raises(ValueError, match=r"beyond doubt|no such date-time|number|exponent"):
        looked_at(f'{{"code":"A",{field}}}')
    with pytest.raises(ValueError, match="beyond doubt"):
        looked_at('{"code":"a"}')


def test_an_empty_text_is_refused_by_the_decoder_where_it_must_be_filled() -> None:
    with pytest.raises(msgspec.ValidationError):
        looked_at('{"code":"A","filled":""}')


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("48.50", "48.50"),
        ("-1.5", "-1.5"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1E-7"),
        ("-0.0", "0.0"),
        ("-0.5", "-0.5"),
        ("4.85e1", "48.5"),
        ("1" * 40 + ".5", "1" * 40 + ".5"),
        ("7", "7"),
    ],
)
def test_numbers_are_kept_as_they_are_printed(written: str, printed: str) -> None:
    message = looked_at(f'{{"code":"A","size":{written},"sizes":[1.0,{written}]}}')
    assert list(map(printed_number, [message.size, *message.sizes])) == [printed, "1.0", printed]
    body = f'{{"code":"A","size":{printed},"sizes":[1.0,{printed}]}}'
    assert msgspec.json.encode(message) == body.encode()


def test_dates_are_kept_as_they_are_printed() -> None:
    message = looked_at(
        '{"code":"A","days":["2026A","2026B"],"one":{"at":"2026C"},"many":[{"at":"2026D"}]}'
    )
    assert message.days == ["2026a", "2026b"]
    assert (message.one.at, message.many[0].at) == ("2026c", "2026d")


def test_dates_that_are_remembered_are_bounded() -> None:
    dates = Dates(str.isascii, str.lower)
    for number_ in range(5_000):
        assert dates.learn(f"a{number_}") == f"a{number_}"
        assert dates.learn(f"A{number_}") == f"a{number_}"
        assert len(dates.same) <= 2048
    with pytest.raises(ValueError, match="no such date-time"):
        dates.learn("é")
    assert dates.same.isdisjoint({"é", "A4999"})


def test_a_date_is_looked_at_once_and_one_that_is_refused_each_time() -> None:
    asked: list[str] = []

    def taken(text: str) -> bool:
        asked.append(text)
        return text < "m"

    kind = msgspec.defstruct("Kind", [("at", ruled(Dates(taken, lambda text: text * 2)))])
    look = look_of(kind)
    assert look is not None
    for text in ("a", "", "a", "", "b"):
        one: Any = kind(text)
        look(one)
        assert one.at == text * 2
    for _ in range(2):
        with pytest.raises(ValueError, match="no such date-time"):
            look(kind("z"))
    assert asked == ["a", "", "b", "z", "z"]
