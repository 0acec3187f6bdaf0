"""Every part of XSD that is read here, in a schema of our own: the JDK's words, one kind each."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.xerces.explaining import explain
from hubemu.messages.xerces.schemas import Schema
from hubemu.messages.xerces.unread import Unread
from tests.support.xerces import XercesOracle
from tests.support.xml_damages import damages

KINDS = Path(__file__).parent / "kinds"
VALID = (KINDS / "valid.xml").read_bytes()
DAMAGED = 400
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_ATTRIBUTES = (
    *("plain", "def", "fix", "unit", "more", "z", "id", "a", "x", "{urn:in}attr", "{urn:own}q"),
    *(f"{_XSI}type", f"{_XSI}nil", f"{_XSI}noNamespaceSchemaLocation", "{urn:in}zz"),
)
_VALUES = (
    *("", "1", "-5", "300", "128", "x", "a", "b c", "b  c", " a ", "1.234", "500.5", "499.99"),
    *("12345", "1 2 3 4", "1 x", "zzz", "2024-13-01", "10:00:00.5Z", "25:00:00", "INF", "-0.5"),
    *("-0.6", "1001", "NaN", "0a", "0", "AA==", "A===", "k1", "k2", "9223372036854775808"),
    *("Derived", "Base", "in:x", "nope:y", "true", "TRUE", "http://[", "%zz", ":", "a:b", "1:"),
    *("abcd", "ABC", "abC", "\t\n", "fr-", "é", "it's {0}"),
)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema({path.name: path.read_bytes() for path in KINDS.glob("*.xsd")}, "kinds.xsd")


def told(schema: Schema, body: bytes) -> list[str]:
    return explain(schema, parse_xml(body), most=10**6)


def test_a_valid_document_has_nothing_said_against_it(schema: Schema) -> None:
    assert told(schema, VALID) == []


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (
            "<counted>1</counted>",
            "",
            "cvc-complex-type.2.4.g: Invalid content was found starting with element 'exact'. "
            """'"urn:own":counted' is expected to occur a minimum of '2' times in the current """
            "sequence. One more instance is required to satisfy this constraint.",
        ),
        (
            "<few>1</few>",
            "<few>1</few><few>1</few><few>1</few><few>1</few>",
            "cvc-complex-type.2.4.e: 'few' can occur a maximum of '2' times in the current "
            """sequence. This limit was exceeded. At this point one of '{"urn:own":nil, """
            '"urn:own":nilFixed, "urn:own":fixed, "urn:own":default, "urn:own":head, '
            '"urn:own":list, "urn:own":union, "urn:own":any, "urn:own":all, "urn:own":empty, '
            '"urn:own":measure, "urn:own":base, "urn:own":repeat, "urn:own":one, "urn:own":when, '
            """"urn:in":thing, "urn:own":fromChameleon, "urn:own":groups, "urn:own":bounded, """
            '"urn:own":alias, "urn:own":narrow, "urn:own":mixedMore, "urn:own":nothing, '
            """"urn:own":some}' is expected.""",
        ),
        (
            "<n>1</n>",
            "<n>1</n><n>1</n><n>1</n>",
            "cvc-complex-type.2.4.d: Invalid content was found starting with element 'bounded'. "
            """No child element '{"urn:own":n}' is expected at this point.""",
        ),
        (
            '<nil xsi:nil="true"/>',
            '<nil xsi:nil="true">x</nil>',
            "cvc-elt.3.2.1: Element 'nil' cannot have character or element information [children], "
            "because 'http://www.w3.org/2001/XMLSchema-instance,nil' is specified.",
        ),
        (
            "<fixed>1</fixed>",
            "<fixed>1.5</fixed>",
            "cvc-elt.5.2.2.2.2: The value '1.5' of element 'fixed' does not match the "
            "{value constraint} value '1.0'.",
        ),
        (
            'xsi:type="Derived"',
            'xsi:type="Wide"',
            "cvc-elt.4.3: Type 'Wide' is not validly derived from the type definition, 'Base', of "
            "element 'base'.",
        ),
        (
            "<sub1>x</sub1>",
            "<head>x</head>",
            "cvc-elt.2: The value of {abstract} in the element declaration for 'head' must be "
            "false.",
        ),
        (
            "<union>5</union>",
            "<union>q</union>",
            "cvc-datatype-valid.1.2.3: 'q' is not a valid value of union type 'Either'.",
        ),
        (
            '<empty a="k"/>',
            '<empty a="k"> </empty>',
            "cvc-complex-type.2.1: Element 'empty' must have no character or element information "
            "item [children], because the type's content type is empty.",
        ),
        (
            "<long>5</long>",
            "<long>9223372036854775808</long>",
            "cvc-maxInclusive-valid: Value '9223372036854775808' is not facet-valid with respect "
            "to maxInclusive '9223372036854775807' for type 'long'.",
        ),
        (
            "<float>1.5</float>",
            "<float>1e4</float>",
            "cvc-maxInclusive-valid: Value '1e4' is not facet-valid with respect to maxInclusive "
            "'1.0E3' for type 'Small'.",
        ),
        (
            "<exact>1.5</exact>",
            "<exact>1.505</exact>",
            "cvc-fractionDigits-valid: Value '1.505' has 3 fraction digits, but the number of "
            "fraction digits has been limited to 2.",
        ),
        ("<idref>k1<", "<idref>k2<", "cvc-id.1: There is no ID/IDREF binding for IDREF 'k2'."),
        (
            'unit="a"',
            "",
            "cvc-complex-type.4: Attribute 'unit' must appear on element 'measure'.",
        ),
        (
            'in:attr="abc"',
            'in:attr="abcde"',
            "cvc-maxLength-valid: Value 'abcde' with length = '5' is not facet-valid with respect "
            "to maxLength '4' for type '#AnonType_attr'.",
        ),
    ],
)
def test_each_kind_of_problem_has_its_words(
    schema: Schema, right: str, wrong: str, expected: str
) -> None:
    body = VALID.decode().replace(right, wrong, 1)
    assert body != VALID.decode()
    assert told(schema, body.encode())[0] == expected


def test_damaged_documents_are_told_as_by_the_jdk(schema: Schema, xerces: XercesOracle) -> None:
    root = etree.fromstring(VALID)
    random = Random("kinds")
    bodies = [*damages([root], "kinds", DAMAGED), *(_damaged(root, random) for _ in range(DAMAGED))]
    compared = 0
    for number, body in enumerate(bodies):
        expected = xerces.ask(KINDS / "kinds.xsd", body)
        if not any(text.startswith("FATAL no text") for text in expected):
            assert told(schema, body) == expected, (number, body)
            compared += 1
    assert compared > DAMAGED


def _damaged(root: etree._Element, random: Random) -> bytes:
    """A copy with up to three things wrong, of the values that the types mind."""
    damaged = copy.deepcopy(root)
    for _ in range(random.choice((1, 2, 3))):
        element = random.choice(list(damaged.iter()))
        random.choice(_DAMAGES)(element, random)
    return etree.tostring(damaged)


def _set_text(element: etree._Element, random: Random) -> None:
    element.text = random.choice(_VALUES)


def _set_attribute(element: etree._Element, random: Random) -> None:
    element.set(random.choice(_ATTRIBUTES), random.choice(_VALUES))


def _repeat(element: etree._Element, random: Random) -> None:
    parent = element.getparent()
    for _ in range(random.choice((1, 2, 3)) if parent is not None else 0):
        assert parent is not None
        parent.insert(parent.index(element), copy.deepcopy(element))


def _graft(element: etree._Element, random: Random) -> None:
    element.insert(0, copy.deepcopy(random.choice(list(element.getroottree().iter()))))


_DAMAGES: tuple[Callable[[etree._Element, Random], None], ...] = (
    _set_text,
    _set_text,
    _set_attribute,
    _repeat,
    _graft,
)


@pytest.mark.parametrize(
    "wrong",
    [
        b'<xs:redefine schemaLocation="inner.xsd"/>',
        b'<xs:import namespace="urn:z" schemaLocation="nowhere.xsd"/>',
    ],
)
def test_a_schema_beyond_what_is_read_says_so(wrong: bytes) -> None:
    written = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">' + wrong + b"</xs:schema>"
    with pytest.raises(Unread):
        Schema({"a.xsd": written}, "a.xsd")
