"""XML that libxml2 takes otherwise than the Hub, and what is left out of it (facts: hub 11)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import etree

from hubemu.messages import InvalidMessage, example_message, load_release
from hubemu.messages.releases.catalogue import release_files
from hubemu.messages.text.datetimes import DateStyle, is_readable, print_datetime
from hubemu.messages.xml.reading import element_tree
from hubemu.messages.xml.schemas import XmlSchemas
from hubemu.messages.xml.xsd_rewriting import for_libxml2
from tests.support.messages import as_bytes, envelope, reference, xml_envelope

A, C = "fr.health.samuA", "fr.health.samuC"


def body_of(tree: Any) -> Any:
    return tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b'<edxlDistribution xlink:type="extended"', b'<edxlDistribution xlink:type="simple"'),
        (b'<descriptor xlink:type="resource"', b'<descriptor xlink:type="extended"'),
        (b"<content>", b'<content xlink:type="arc">'),
        (b'<contentObject xlink:type="resource"', b'<contentObject xlink:type="Resource"'),
    ],
)
def test_each_link_has_one_type(right: bytes, wrong: bytes) -> None:
    body = xml_envelope(envelope(A, C), "<customContent><a>5</a></customContent>")
    assert right in body
    release = load_release("2.0.0")
    assert release.parse(body, "xml").sender_id == A
    with pytest.raises(InvalidMessage, match=r"cvc-complex-type\.3\.1: |cvc-enumeration-valid: "):
        release.parse(body.replace(right, wrong), "xml")


def test_the_type_of_a_link_is_trimmed_like_any_token() -> None:
    body = xml_envelope(envelope(A, C), "<customContent><a>5</a></customContent>")
    spaced = body.replace(
        b'<descriptor xlink:type="resource"', b'<descriptor xlink:type=" resource "'
    )
    assert spaced != body
    assert load_release("2.0.0").parse(spaced, "xml").sender_id == A


def test_a_fixed_value_counts_where_an_attribute_is_referred_to() -> None:
    xsd = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t"
      targetNamespace="urn:t" elementFormDefault="qualified">
      <xs:attribute name="kind"><xs:simpleType><xs:restriction base="xs:token">
        <xs:enumeration value="one"/><xs:enumeration value="two"/></xs:restriction></xs:simpleType>
      </xs:attribute>
      <xs:element name="e"><xs:complexType>
        <xs:attribute ref="kind" fixed="two"/></xs:complexType></xs:element></xs:schema>"""
    good = etree.fromstring(b'<e xmlns="urn:t" xmlns:t="urn:t" t:kind="two"/>')
    bad = etree.fromstring(b'<e xmlns="urn:t" xmlns:t="urn:t" t:kind="one"/>')
    schema = etree.XMLSchema(etree.fromstring(for_libxml2(xsd)))
    assert schema.validate(good)
    assert not schema.validate(bad)
    assert etree.XMLSchema(etree.fromstring(xsd)).validate(bad), "libxml2 looks at it by itself"


@pytest.mark.parametrize("name", ["1.0", "2.0.0", "3.0.0", "3.4.1"])
@pytest.mark.parametrize(("before", "after"), [(" ", ""), ("\n\t", "\n"), ("&#13;", " ")])
def test_a_date_may_have_white_space_around_it(name: str, before: str, after: str) -> None:
    release = load_release(name)
    message = example_message("RC-REF", name, written="xml", sender=A, recipient=C)
    xml = release.write(release.parse(message, "xml"), "xml").decode()
    spaced = xml.replace("<sentAt>", f"<sentAt>{before}").replace("</sentAt>", f"{after}</sentAt>")
    assert release.write(release.parse(spaced.encode(), "xml"), "xml") == xml.encode()


_MOMENTS = {
    "dateTime": "2024-05-15T10:00:00+01:00",
    "date": "2024-05-15",
    "time": "10:00:00",
    "duration": "P1DT2H",
    "gYear": "2024",
    "gYearMonth": "2024-05",
    "gMonth": "--05",
    "gMonthDay": "--05-15",
    "gDay": "---15",
}


@pytest.mark.parametrize("kind", _MOMENTS)
@pytest.mark.parametrize(
    "declared",
    [
        '<xs:element name="e" type="xs:{0}"/>',
        '<xs:element name="e"><xs:annotation/><xs:simpleType><xs:restriction base="xs:{0}"/>'
        "</xs:simpleType></xs:element>",
        '<xs:element name="e"><xs:complexType><xs:attribute name="a" type="xs:{0}"/>'
        "</xs:complexType></xs:element>",
    ],
    ids=["an element", "a restriction", "an attribute"],
)
def test_white_space_around_dates_of_all_kinds_is_nothing(kind: str, declared: str) -> None:
    xsd = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{declared.format(kind)}'
    schema = etree.XMLSchema(etree.fromstring(for_libxml2(f"{xsd}</xs:schema>".encode())))

    def is_valid(value: str) -> bool:
        body = f'<e a="{value}"/>' if "attribute" in declared else f"<e>{value}</e>"
        return schema.validate(etree.fromstring(body))

    good = _MOMENTS[kind]
    for spaced in (good, f" {good}", f"{good}\n", f"\t{good} ", f"&#13;&#10;{good}"):
        assert is_valid(spaced), spaced
    assert not is_valid(f"{good[0]} {good[1:]}")
    assert not is_valid(f"\u00a0{good}")


def test_a_decimal_has_digits_behind_its_point() -> None:
    release = load_release("3.0.0")
    body = example_message("RS-EDA", "3.0.0", written="xml", sender=A, recipient=C)
    start = body.index(b"<lat>") + len(b"<lat>")
    end = body.index(b"</lat>")
    for good in (b"5", b"5.0", b".5", b"-5.25", b" 5 "):
        release.parse(body[:start] + good + body[end:], "xml")
    for bad in (b"5.", b"-5.", b".", b" 5. "):
        with pytest.raises(InvalidMessage):
            release.parse(body[:start] + bad + body[end:], "xml")


def test_a_bare_point_is_told_in_the_words_of_the_jdk() -> None:
    body = example_message("RS-EDA", "3.0.0", written="xml", sender=A, recipient=C)
    bad = re.sub(rb"<lat>[^<]*</lat>", b"<lat> 12. </lat>", body)
    with pytest.raises(InvalidMessage) as refused:
        load_release("3.0.0").parse(bad, "xml")
    sentences = (
        "[cvc-datatype-valid.1.2.1: '12.' is not a valid value for 'decimal'., "
        "cvc-type.3.1.3: The value ' 12. ' of element 'lat' is not valid., "
    )
    assert refused.value.cause.partition("\n")[2].startswith(sentences)
    assert "the JDK's validator by itself would take it" in refused.value.remark


def test_a_year_before_the_first_is_a_date_and_is_printed_without_its_era() -> None:
    before = "-0001-01-01T00:00:00+01:00"
    assert is_readable(before)
    # java.time prints the pattern `yyyy` so.
    assert print_datetime(before, DateStyle.SECONDS) == "0002-01-01T00:00:00+01:00"
    assert print_datetime(before, DateStyle.ISO) == before
    message = reference(A, C, f"{A}_1")
    release = load_release("3.0.0")
    xml = release.write_tree(message, "xml")
    sent = body_of(message)["sentAt"].encode()
    release.parse(xml.replace(b"<sentAt>" + sent, b"<sentAt>" + before.encode()), "xml")


@pytest.mark.parametrize("written", ["json", "xml"])
@pytest.mark.parametrize(
    ("kind", "field"),
    [("RS-EDA", "name"), ("RS-EDA", "URI"), ("RS-EDA", "complete"), ("EMSI", "CONTEXT")],
)
def test_some_empty_texts_of_xml_are_left_out(kind: str, field: str, written: Any) -> None:
    release = load_release("3.0.0")
    body = example_message(kind, "3.0.0", written="xml", sender=A, recipient=C)
    root: Any = etree.fromstring(body)
    owners = ("sender", "recipient", "CASUALTIES", "detailedAddress")
    emptied = [e for owner in owners for e in root.iterfind(f".//{{*}}{owner}/{{*}}{field}")]
    assert emptied
    for element in emptied:
        element.text = None
    message = release.parse(etree.tostring(root), "xml")
    again = release.read(release.write(message, written), written)
    assert field not in {
        key for owner in owners for part in parts(again.tree, owner) for key in part
    }


def parts(tree: Any, owner: str) -> list[Any]:
    """The objects under a key, wherever it is."""
    if isinstance(tree, list):
        return [found for item in tree for found in parts(item, owner)]
    if not isinstance(tree, dict):
        return []
    own = tree.get(owner, [])
    inner = [found for value in tree.values() for found in parts(value, owner)]
    return [*inner, *(own if isinstance(own, list) else [own])]


def test_all_texts_between_elements_are_kept_in_a_quoted_source() -> None:
    root = etree.fromstring("<a>one<b>B</b>two<c/> <d/>three</a>")
    assert element_tree(root) == {"b": "B", "c": "", "d": "", "": ["one", "two", "three"]}
    assert element_tree(etree.fromstring("<a> <b/>tail</a>")) == {"b": "", "": "tail"}


def test_a_header_without_recipients_is_read_as_it_was_written() -> None:
    """Model 1.0 lets `recipient: []` pass in JSON; in XML that is no element at all."""
    release = load_release("1.0")
    message = reference(A, C, f"{A}_1")
    body_of(message)["recipient"] = []
    parsed = release.parse(as_bytes(message), "json")
    xml = release.write(parsed, "xml")
    assert b"<recipient" not in xml
    assert body_of(release.read(xml, "xml").tree)["recipient"] == []


def test_what_the_jdk_would_take_is_told_in_other_words_and_remarked() -> None:
    """Both schemas must agree that something is wrong; libxml2's words are all there is to say."""
    release = load_release("2.0.0")
    body = example_message("RS-ERROR", release, written="xml")
    wrong, found = re.subn(rb"<statusCode>\d+<", b"<statusCode>300.<", body)
    assert found
    with pytest.raises(InvalidMessage) as caught:
        release.parse(wrong, "xml")
    assert "the JDK's validator" in caught.value.remark
    assert "would take it" in caught.value.remark
    assert "'300.'" in caught.value.cause

    plain, found = re.subn(rb"<statusCode>\d+<", b"<statusCode>no<", body)
    with pytest.raises(InvalidMessage) as caught:
        release.parse(plain, "xml")
    assert caught.value.remark == ""
    assert "'no' is not a valid value for 'decimal'" in caught.value.cause


def test_a_schema_beyond_what_is_explained_is_told_in_other_words_and_remarked() -> None:
    files = dict(release_files("3.0.0").xsds)
    key = b'<xs:key name="k"><xs:selector xpath="x"/><xs:field xpath="."/></xs:key>'
    files["EDXL-DE-full.xsd"] = files["EDXL-DE-full.xsd"].replace(
        b'name="edxlDistribution" type="de:DEDistributionType"/>',
        b'name="edxlDistribution" type="de:DEDistributionType">' + key + b"</xs:element>",
    )
    root = etree.fromstring(b'<edxlDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0"/>')
    refusal = XmlSchemas(files).refusal(root, 80)
    assert refusal is not None
    assert "identity constraints" in refusal.remark
    assert "is required but missing" in refusal.problems[0]
