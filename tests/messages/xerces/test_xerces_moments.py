"""Bounds and codes of dates, times and durations, which an imported release may have."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.xerces.explaining import explain
from hubemu.messages.xerces.schemas import Schema
from tests.support.xerces import XercesOracle

DOCUMENTS = 300
_BOUNDS = {
    "dateTime": ("2024-05-15T10:00:00+02:00", "2024-05-15T10:00:00", "-0001-12-31T24:00:00Z"),
    "date": ("2024-05-15", "2024-05-15Z", "2024-03-01+14:00", "-0001-12-31-01:00"),
    "time": ("10:00:00", "01:30:00.50+02:00", "24:00:00"),
    "gYear": ("2024", "-0001+14:00", "2024Z"),
    "gYearMonth": ("2024-05", "2024-01+02:00"),
    "gMonth": ("--05", "--01+02:00", "--05--"),
    "gMonthDay": ("--02-29", "--03-01+02:00"),
    "gDay": ("---15", "---01+02:00"),
    "duration": ("P1Y", "-P1M", "PT36H", "P1M", "PT1.50S", "P0Y1M30DT24H60M60.000S"),
}
_FACETS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "enumeration")
_ZONES = ("", "", "Z", "+00:00", "-00:00", "+02:00", "-01:00", "+14:00", "-14:00", "+05:30")
_SECONDS = ("00", "00", "59", "00.000", "07.5", "59.9999999999999999", "0.5", "00.00001", "60")
_PARTS = "YMDTHMS"
_NUMBERS = (0, 1, 12, 24, 28, 30, 31, 32, 60, 365, 366, 400, 86400, 16777300, 2**31)


def _declared(kind: str, number: int, bound: str, facet: str) -> str:
    return (
        f'<xs:element name="{kind}{number}{facet}"><xs:simpleType><xs:restriction base="xs:{kind}">'
        f'<xs:{facet} value="{bound}"/></xs:restriction></xs:simpleType></xs:element>'
    )


DECLARED = [
    (kind, f"{kind}{number}{facet}", _declared(kind, number, bound, facet))
    for kind, bounds in _BOUNDS.items()
    for number, bound in enumerate(bounds)
    for facet in _FACETS
]
XSD = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType>'
    f'<xs:choice maxOccurs="unbounded">{"".join(xsd for _, _, xsd in DECLARED)}</xs:choice>'
    "</xs:complexType></xs:element></xs:schema>"
)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema({"moments.xsd": XSD.encode()}, "moments.xsd")


def told(schema: Schema, body: str) -> list[str]:
    return explain(schema, parse_xml(body.encode()), most=10**6)


@pytest.mark.parametrize(
    ("element", "value", "expected"),
    [
        (
            "dateTime0minInclusive",
            "2024-05-15T07:59:59Z",
            "minInclusive '2024-05-15T08:00:00Z' for type '#AnonType_dateTime0minInclusiver'.",
        ),
        (
            "dateTime1maxInclusive",  # of no zone: not surely later
            "2024-05-15T10:00:00Z",
            "maxInclusive '2024-05-15T10:00:00' for type '#AnonType_dateTime1maxInclusiver'.",
        ),
        (
            "date3enumeration",
            "2024-01-01",
            "enumeration '[-0001-12-31Z]'. It must be a value from the enumeration.",
        ),
        (
            "time1enumeration",
            "09:00:00",
            "enumeration '[23:30:00.5Z]'. It must be a value from the enumeration.",
        ),
        (
            "duration3minInclusive",  # a month may have 31 days
            "P30D",
            "minInclusive 'P0Y1M0DT0H0M0S' for type '#AnonType_duration3minInclusiver'.",
        ),
        (
            "duration1minInclusive",
            "-P32DT0.5S",
            "minInclusive '-P0Y1M0DT0H0M0S' for type '#AnonType_duration1minInclusiver'.",
        ),
    ],
)
def test_a_value_beyond_its_bounds_is_told_with_them(
    schema: Schema, element: str, value: str, expected: str
) -> None:
    first = told(schema, f"<r><{element}>{value}</{element}></r>")[0]
    assert first.endswith(f"Value '{value}' is not facet-valid with respect to {expected}")


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("dateTime0enumeration", "2024-05-15T09:00:00+01:00"),
        ("dateTime1maxInclusive", "2024-05-14T19:59:59Z"),
        ("duration0enumeration", "P12M"),
        ("duration3minInclusive", "P32D"),
        ("gMonth2enumeration", "--05"),
    ],
)
def test_a_value_is_the_same_however_it_is_written(
    schema: Schema, element: str, value: str
) -> None:
    assert told(schema, f"<r><{element}>{value}</{element}></r>") == []


def test_random_values_are_told_as_by_the_jdk(
    schema: Schema, xerces: XercesOracle, tmp_path: Path
) -> None:
    file = tmp_path / "moments.xsd"
    file.write_text(XSD)
    random = Random("moments")
    refused = 0
    for _ in range(DOCUMENTS):
        body = _document(random)
        expected = xerces.ask(file, body.encode())
        assert told(schema, body) == expected, body
        refused += bool(expected)
    assert refused > DOCUMENTS // 2


def _document(random: Random) -> str:
    inner = ""
    for _ in range(random.choice((1, 4))):
        kind, name, _ = random.choice(DECLARED)
        inner += f"<{name}>{_value(random, kind)}</{name}>"
    return f"<r>{inner}</r>"


def _value(random: Random, kind: str) -> str:
    if random.random() < 0.2:
        return random.choice(_BOUNDS[kind])
    if kind == "duration":
        return _duration(random)
    year = random.choice(("2024", "2023", "-0001", "0001", "0000", "12024", "2100", "-0004"))
    month, day = random.choice((1, 2, 3, 5, 12, 12, 13)), random.choice((1, 14, 15, 16, 28, 29, 31))
    hour, minute = random.choice((0, 8, 10, 12, 23, 24)), random.choice((0, 0, 30, 59, 60))
    time = f"{hour:02}:{minute:02}:{random.choice(_SECONDS)}"
    written = {
        "dateTime": f"{year}-{month:02}-{day:02}T{time}",
        "date": f"{year}-{month:02}-{day:02}",
        "time": time,
        "gYear": year,
        "gYearMonth": f"{year}-{month:02}",
        "gMonth": f"--{month:02}",
        "gMonthDay": f"--{month:02}-{day:02}",
        "gDay": f"---{day:02}",
    }
    return written[kind] + random.choice(_ZONES)


def _duration(random: Random) -> str:
    text = random.choice(("P", "P", "-P", "+P", ""))
    for part in _PARTS:
        if part == "T":
            text += random.choice(("", "T"))
        elif random.random() < 0.4:
            text += str(random.choice(_NUMBERS))
            if part == "S":
                text += random.choice(("", "", ".5", ".", ".250", "0" * 9))
            text += part
    return text
