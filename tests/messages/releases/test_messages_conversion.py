"""JSON to XML and back: identity on every valid message, and the reference's way of printing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubemu.messages import (
    Release,
    UnwritableMessage,
    dump_json,
    example_tree,
    load_release,
    parse_json,
)
from hubemu.settings import QUIRKS
from tests.support.message_types import TYPES


@pytest.fixture
def release() -> Release:
    return load_release("3.0.0")


def message_of(tree: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    return message


def there_and_back(release: Release, tree: dict[str, Any]) -> Any:
    xml = release.write_tree(tree, "xml")
    return parse_json(release.write(release.read(xml, "xml"), "json"))


@pytest.mark.parametrize(("name", "type_name"), TYPES)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_json_to_xml_to_json_is_the_identity(name: str, type_name: str, seed: int) -> None:
    release = load_release(name)
    body = dump_json(example_tree(type_name, release, seed=seed, extent="random"))
    tree = release.parse(body, "json").tree
    xml = release.write_tree(tree, "xml")
    assert dump_json(release.read(xml, "xml").tree) == release.write_tree(tree, "json") == body
    assert release.write(release.read(xml, "xml"), "xml") == xml


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_survives_or_is_refused(text: str) -> None:
    release = load_release("3.0.0")
    tree = example_tree("TECHNICAL", release, extent="minimal")
    message_of(tree)["technical"]["requiredStringField"] = text
    try:
        assert there_and_back(release, tree) == tree
    except UnwritableMessage:
        assert any((c < " " and c not in "\t\n\r") or c in "\ufffe\uffff" for c in text)


def test_the_envelope_is_printed_as_the_reference_does(release: Release) -> None:
    tree = example_tree("customContent", release)
    message_of(tree)["customContent"] = {"a": "1 < 2 & 3"}
    xml = release.write_tree(tree, "xml").decode()
    sent, expires, identifier = (
        tree[key] for key in ("dateTimeSent", "dateTimeExpires", "distributionID")
    )
    assert xml == (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<edxlDistribution xlink:type="extended" xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:ct="urn:oasis:names:tc:emergency:edxl:ct:1.0">'
        f"<distributionID>{identifier}</distributionID><senderID>fr.health.samuA</senderID>"
        f"<dateTimeSent>{sent}</dateTimeSent><dateTimeExpires>{expires}</dateTimeExpires>"
        "<distributionStatus>Actual</distributionStatus>"
        "<distributionKind>Report</distributionKind>"
        '<descriptor xlink:type="resource"><language>fr-FR</language>'
        "<explicitAddress><explicitAddressScheme>hubex</explicitAddressScheme>"
        "<explicitAddressValue>fr.health.samuB</explicitAddressValue></explicitAddress>"
        '</descriptor><content xlink:type="resource"><contentObject xlink:type="resource">'
        '<contentXML><embeddedXMLContent><message xmlns="urn:emergency:eda:1.9">'
        "<customContent><a>1 &lt; 2 &amp; 3</a></customContent></message>"
        "</embeddedXMLContent></contentXML></contentObject></content></edxlDistribution>"
    )


def test_a_type_declares_its_own_namespace_and_2_0_a_bare_content_element() -> None:
    for name, namespace, content in (
        ("2.0.0", "urn:emergency:cisu:2.0:resourcesInfo", "<content>"),
        ("3.0.0", "urn:emergency:eda:1.9:resourcesinfo", '<content xlink:type="resource">'),
    ):
        release = load_release(name)
        xml = release.write_tree(example_tree("RS-RI", release), "xml").decode()
        assert f'<resourcesInfo xmlns="{namespace}">' in xml
        assert content in xml


def test_numbers_keep_the_way_they_were_written(release: Release) -> None:
    tree = example_tree("TECHNICAL", release)
    body = dump_json(tree).replace(b'"numberField":', b'"numberField":1.50,"x":')
    tree = parse_json(body)
    del message_of(tree)["technical"]["x"]
    envelope = release.parse(dump_json(tree), "json")
    assert b"<numberField>1.50</numberField>" in (xml := release.write(envelope, "xml"))
    assert b'"numberField":1.50,' in release.write(release.parse(xml, "xml"), "json")
    assert message_of(dict(envelope.tree))["technical"]["numberField"] == Decimal("1.50")


def test_empty_optional_fields_are_dropped_and_required_ones_kept(release: Release) -> None:
    tree = example_tree("TECHNICAL", release, extent="minimal")
    technical = message_of(tree)["technical"]
    technical |= {"optionalStringField": "", "arrayField": [], "requiredStringField": ""}
    technical |= {"integerField": 0, "booleanField": False, "objectLevel1": {}}
    printed = parse_json(release.write_tree(tree, "json"))
    kept = message_of(printed)["technical"]
    assert "optionalStringField" not in kept
    assert "arrayField" not in kept
    assert (kept["requiredStringField"], kept["integerField"], kept["booleanField"]) == (
        "",
        0,
        False,
    )
    assert kept["objectLevel1"] == {}
    assert there_and_back(release, printed) == printed


def test_fields_are_printed_in_the_order_of_the_schema(release: Release) -> None:
    tree = example_tree("RS-EDA", release)
    message = message_of(tree)
    shuffled = {key: message[key] for key in reversed(list(message))}
    shuffled["createCaseHealth"] = dict(reversed(message["createCaseHealth"].items()))
    other = {key: tree[key] for key in sorted(tree)}
    other["content"] = [{"jsonContent": {"embeddedJsonContent": {"message": shuffled}}}]
    assert release.write_tree(other, "json") == release.write_tree(tree, "json")


@pytest.mark.parametrize(
    ("name", "quirks", "sent", "printed"),
    [
        ("2.0.0", frozenset(QUIRKS), "2024-05-15T10:00:00+00:00", "2024-05-15T10:00:00Z"),
        ("1.0", frozenset(QUIRKS), "2024-05-15T10:00:00.250+02:00", "2024-05-15T10:00:00.25+02:00"),
        ("2.0.0", frozenset(), "2024-05-15T10:00:00Z", "2024-05-15T10:00:00+00:00"),
        ("3.0.0", frozenset(QUIRKS), "2024-05-15T10:00:00Z", "2024-05-15T10:00:00+00:00"),
        ("3.0.0", frozenset(QUIRKS), "2024-05-15T10:00:00.5+02:00", "2024-05-15T10:00:00+02:00"),
    ],
)
def test_dates_are_printed_as_the_line_does(
    name: str, quirks: frozenset[str], sent: str, printed: str
) -> None:
    release = load_release(name, quirks=quirks)
    tree = example_tree("customContent", release)
    tree["dateTimeSent"] = sent
    message_of(tree)["customContent"] = {"at": sent}
    envelope = release.parse(dump_json(tree), "json")
    for written in ("json", "xml"):
        again = release.read(release.write(envelope, written), written).tree
        assert again["dateTimeSent"] == printed
        assert message_of(dict(again))["customContent"] == {"at": sent}


def test_several_content_objects_are_all_converted(release: Release) -> None:
    tree = example_tree("TECHNICAL", release)
    tree["content"] *= 3
    assert there_and_back(release, tree) == tree


def test_free_content_comes_back_as_text_and_repeats_as_lists(release: Release) -> None:
    tree = example_tree("customContent", release)
    message_of(tree)["customContent"] = {
        "n": 1.5,
        "yes": True,
        "none": None,
        "two": ["a", "b"],
        "one": ["a"],
        "deep": {"empty": {}},
    }
    back = message_of(there_and_back(release, parse_json(dump_json(tree))))["customContent"]
    assert back == {
        "n": "1.5",
        "yes": "true",
        "none": "",
        "two": ["a", "b"],
        "one": "a",
        "deep": {"empty": ""},
    }


@pytest.mark.parametrize("key", ["with space", "1st", "a:b", "<x>"])
def test_a_key_that_no_element_can_have_is_refused(release: Release, key: str) -> None:
    tree = example_tree("customContent", release)
    message_of(tree)["customContent"] = {key: "x"}
    with pytest.raises(UnwritableMessage, match="element called"):
        release.write_tree(tree, "xml")


def test_xml_values_may_have_room_around_them(release: Release) -> None:
    body = release.write_tree(example_tree("TECHNICAL", release), "xml")
    roomy = body
    for name in (b"dateTimeSent", b"integerField", b"numberField", b"booleanField"):
        roomy = roomy.replace(b"<%s>" % name, b"<%s>\n  " % name)
        roomy = roomy.replace(b"</%s>" % name, b" </%s>" % name)
    assert roomy != body
    assert release.write(release.parse(roomy, "xml"), "xml") == body
