"""Fields that the models type, read and printed by Jackson and java.time, asked each time.

The classes are ours, of the shape of the content TECHNICAL (`Reader.java`); their settings are
those that the facts tell of the Hub's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import pytest

from hubemu.messages import Release, load_release
from hubemu.messages.text.datetimes import RFC3339, DateStyle, is_readable, print_datetime
from tests.conftest import missing
from tests.messages.differential.jackson import Jackson, jackson, why_without_jackson
from tests.messages.differential.typed import REFUSED, forwarded, technical

CONTENTS = 1_500
DATES = 1_000
_ZONES = (
    *("Z", "z", "+00:00", "-00:00", "+02:00", "-05:30", "+14:00", "+18:00", "-18:00", "+18:01"),
    *("-00:01", "+23:59", ""),
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jackson]:
    if reason := why_without_jackson():
        missing("jackson", reason)
    with jackson(tmp_path_factory.mktemp("classes")) as process:
        yield process


@pytest.fixture(scope="module")
def release() -> Release:
    return load_release("3.4.1")


@pytest.mark.parametrize(
    ("fields", "outcome", "expected"),
    [
        ('"numberField":1.50,"integerField":-0', "V", '"integerField":0,"numberField":1.50'),
        ('"numberField":1e2', "V", '"numberField":1E+2'),
        ('"numberField":-0.0', "V", '"numberField":0.0'),
        ('"integerField":2147483648', "E", ""),
        ('"numberField":1e2147483648', "E", ""),
        (
            '"optionalStringField":"","arrayField":[],"booleanField":false',
            "V",
            '"booleanField":false',
        ),
        ('"datetimeField":"2024-05-15T10:00:00+18:01"', "E", ""),
        (
            '"datetimeField":"0000-05-15T10:00:00+01:00"',
            "V",
            '"datetimeField":"0001-05-15T10:00:00+01:00"',
        ),
    ],
)
def test_a_typed_field_is_read_and_printed_as_by_jackson(
    asked: Jackson, release: Release, fields: str, outcome: str, expected: str
) -> None:
    content = f'{{"requiredArray":["a"],"requiredStringField":"b",{fields}}}'.encode()
    ours, theirs = forwarded(release, content), asked.ask("t", content)
    assert (ours.outcome, theirs.outcome) == (outcome, outcome)
    if outcome == "V":
        assert ours.text == theirs.text
        # All others stand between the required text and the required list, or behind both.
        assert expected in ours.text.decode()


def test_random_typed_contents_are_read_alike(asked: Jackson, release: Release) -> None:
    outcomes = set()
    for seed in range(CONTENTS):
        content = technical(Random(seed))
        ours = forwarded(release, content)
        outcomes.add(ours.outcome)
        if ours.outcome == REFUSED:
            continue  # by the schemas, before any reader sees it
        theirs = asked.ask("t", content)
        assert ours.outcome == theirs.outcome, (content, ours, theirs)
        if ours.outcome == "V":
            assert ours.text == theirs.text, content
    assert outcomes == {"V", "E", REFUSED}


def test_random_dates_are_read_and_printed_as_by_java(asked: Jackson) -> None:
    random, read = Random("dates"), 0
    for _ in range(DATES):
        text = _date(random)
        if not re.fullmatch(RFC3339, text, re.ASCII):
            continue  # refused by the format check
        theirs = asked.ask("d", text.encode())
        assert is_readable(text) == (theirs.outcome == "V"), text
        if theirs.outcome == "V":
            printed = [print_datetime(text, style) for style in (DateStyle.ISO, DateStyle.SECONDS)]
            assert " ".join(printed) == theirs.text.decode(), text
            read += 1
    assert read > DATES // 10


def _date(random: Random) -> str:
    year = random.choice(("2024", "2023", "1999", "0000", "0001", "9999", "0999", "1000"))
    day = random.choice(("01-01", "02-28", "02-29", "06-30", "12-31", "04-31"))
    hour, minute = random.choice(("00", "09", "23", "24")), random.choice(("00", "59", "60"))
    second = random.choice(("00", "00", "01", "59", "60"))
    fraction = random.choice(
        ("", "", "", ".0", ".5", ".50", ".000", ".120", ".123456789", ".000000001", ".1234567891")
    )
    zone = random.choice(_ZONES)
    return f"{year}-{day}{random.choice('TTTt')}{hour}:{minute}:{second}{fraction}{zone}"
