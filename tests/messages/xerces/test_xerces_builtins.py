"""Types of XSD that no official release has, and an imported one may: the JDK's words."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.xerces.explaining import explain
from hubemu.messages.xerces.schemas import Schema
from tests.support.xerces import XercesOracle

DOCUMENTS = 200
_RIGHT = {
    "gYear": "2024",
    "gYearMonth": "2024-05",
    "gMonth": "--05",
    "gMonthDay": "--05-15",
    "gDay": "---15",
    "NMTOKENS": "2",
    "IDREFS": "2",
}
_VALUES = (
    *("", "  ", "2024", " 2024 ", "02024", "12024", "-0004", "0000", "24", "2024Z", "2024.5"),
    *("2024+14:00", "2024+14:01", "2024-05", "2024-13", "2024-00Z", "2147483648", "-2147483649"),
    *("--05", "--05--", "--05--Z", "--13", "--5", "--02-29", "--02-30", "--04-31", "--12-31Z"),
    *("---15", "---31", "---32", "---00", "---15+01:00", "\n--05-15"),
    *("a b", " a", "a:b c", "1", "a  b c", "i1", "i1 i2", "i1 i3", "é", "a,b"),
)


def _declared(kind: str) -> str:
    facet = "maxLength" if kind.endswith("S") else "enumeration"
    return (
        f'<xs:element name="{kind}" type="xs:{kind}"/><xs:element name="{kind}R"><xs:simpleType>'
        f'<xs:restriction base="xs:{kind}"><xs:{facet} value="{_RIGHT[kind]}"/></xs:restriction>'
        "</xs:simpleType></xs:element>"
    )


XSD = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType>'
    f'<xs:choice maxOccurs="unbounded">{"".join(map(_declared, _RIGHT))}'
    '<xs:element name="id" type="xs:ID"/></xs:choice></xs:complexType></xs:element></xs:schema>'
)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema({"types.xsd": XSD.encode()}, "types.xsd")


def told(schema: Schema, body: str) -> list[str]:
    return explain(schema, parse_xml(body.encode()), most=10**6)


def document(*values: tuple[str, str]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values)
    return f"<r>{inner}<id>i1</id><id>i2</id></r>"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("gYear", "0000", "cvc-datatype-valid.1.2.1: '0000' is not a valid value for 'gYear'."),
        (
            "gMonthDay",
            "--02-30",
            "cvc-datatype-valid.1.2.1: '--02-30' is not a valid value for 'gMonthDay'.",
        ),
        (
            "NMTOKENS",
            " ",
            "cvc-minLength-valid: Value '' with length = '0' is not facet-valid with respect to "
            "minLength '1' for type 'NMTOKENS'.",
        ),
        ("IDREFS", "i1 i3", "cvc-id.1: There is no ID/IDREF binding for IDREF 'i3'."),
    ],
)
def test_each_type_has_its_words(schema: Schema, name: str, value: str, expected: str) -> None:
    assert told(schema, document((name, value)))[0] == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("gMonthR", "--05--"), ("gDay", " ---31Z"), ("gMonthDay", "--02-29"), ("IDREFS", "i2 i1")],
)
def test_what_is_right_has_nothing_said_against_it(schema: Schema, name: str, value: str) -> None:
    assert told(schema, document((name, value))) == []


def test_random_values_are_told_as_by_the_jdk(
    schema: Schema, xerces: XercesOracle, tmp_path: Path
) -> None:
    file = tmp_path / "types.xsd"
    file.write_text(XSD)
    random, names = Random("types"), [*_RIGHT, *(f"{kind}R" for kind in _RIGHT)]
    refused = 0
    for _ in range(DOCUMENTS):
        body = document(*((random.choice(names), random.choice(_VALUES)) for _ in range(4)))
        expected = xerces.ask(file, body.encode())
        assert told(schema, body) == expected, body
        refused += bool(expected)
    assert refused > DOCUMENTS // 2
