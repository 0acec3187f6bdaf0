"""The verdict on whole messages, and what the sender is told, on messages of our own."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from hubemu.edxl import Format
from hubemu.messages import (
    InvalidMessage,
    Release,
    UnparsableMessage,
    builtin_releases,
    dump_json,
    example_message,
    example_tree,
    load_release,
    parse_json,
)
from hubemu.messages.refusals import PREAMBLE
from hubemu.settings import QUIRKS
from tests.support.verdicts import accepts

CAUTION = (
    "CAUTION: distributionID has been extracted by regex because the envelope could not be "
    "deserialized.\n"
)
UNKNOWN = "distributionID_could_not_be_extracted"
NOT_AN_INTEGER = (
    "cvc-datatype-valid.1.2.1: 'one' is not a valid value for 'integer'., "
    "cvc-type.3.1.3: The value 'one' of element 'integerField' is not valid."
)


@pytest.fixture
def release() -> Release:
    return load_release("2.0.0")


@pytest.fixture
def tree(release: Release) -> dict[str, Any]:
    return example_tree("TECHNICAL", release)


def message_of(tree: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    return message


def refusal(release: Release, tree: Any) -> InvalidMessage:
    with pytest.raises(InvalidMessage) as caught:
        release.validate(dump_json(tree), "json")
    return caught.value


@pytest.mark.parametrize("name", builtin_releases())
def test_examples_of_every_type_are_valid(name: str) -> None:
    release = load_release(name)
    for type_name in release.types:
        for extent in ("minimal", "full"):
            release.validate(example_message(type_name, release, extent=extent), "json")


def test_a_wrong_content_is_told_with_the_real_id(release: Release, tree: dict[str, Any]) -> None:
    del message_of(tree)["technical"]["requiredStringField"]
    error = refusal(release, tree)
    assert error.distribution_id == tree["distributionID"]
    assert error.cause == (
        f"{PREAMBLE}\n"
        "Issues found on the $.content[0].jsonContent.embeddedJsonContent.message content: \n"
        " - technical.requiredStringField: is missing but it is required\n"
    )


def test_a_wrong_envelope_is_told_with_caution_and_the_id_found_by_regex(
    release: Release, tree: dict[str, Any]
) -> None:
    del tree["descriptor"], message_of(tree)["technical"]["requiredStringField"]
    error = refusal(release, tree)
    assert error.distribution_id == tree["distributionID"]
    assert error.cause == (
        f"{CAUTION}{PREAMBLE}\nIssues found on the envelope: \n"
        " - $.descriptor: is missing but it is required\n"
    )


def test_an_id_that_cannot_be_found_has_a_stand_in(release: Release, tree: dict[str, Any]) -> None:
    tree["distributionID"] = "with space"
    del tree["content"]
    assert refusal(release, tree).distribution_id == UNKNOWN


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("integerField", Decimal("1.0"), "number found, integer expected"),
        ("integerField", "1", "string found, integer expected"),
        ("booleanField", 1, "integer found, boolean expected"),
        ("arrayField", {}, "object found, array expected"),
        ("optionalStringField", None, "null found, string expected"),
        ("datetimeField", "2024-05-15T10:00:00-00:00", "is an invalid date-time"),
        ("datetimeField", "2024-02-30T10:00:00+01:00", "is an invalid date-time"),
        ("datetimeField", "2024-05-15T10:00:00Z", "does not match the regex pattern"),
        ("enumerationField", "X", "does not have a value in the enumeration [ENUM_VALUE_1, "),
        ("requiredArray", [], "there must be a minimum of 1 items in the array"),
        ("arrayWithMaxLength", ["x"] * 6, "there must be a maximum of 5 items in the array"),
    ],
)
def test_each_rule_has_its_words(
    release: Release, tree: dict[str, Any], field: str, value: Any, told: str
) -> None:
    message_of(tree)["technical"][field] = value
    line = next(line for line in refusal(release, tree).cause.split("\n") if told in line)
    assert line.startswith(f" - technical.{field}: ")


def test_utc_must_be_written_plus_zero(release: Release, tree: dict[str, Any]) -> None:
    message_of(tree)["technical"]["datetimeField"] = "2024-05-15T10:00:00+00:00"
    release.validate(dump_json(tree), "json")


def test_envelope_dates_may_be_z_with_fractions(release: Release, tree: dict[str, Any]) -> None:
    tree["dateTimeSent"] = "2024-05-15T10:00:00.25Z"
    release.validate(dump_json(tree), "json")


@pytest.mark.parametrize(
    ("name", "printed"), [("1.0", "2024-05-15T10:00:00Z"), ("3.0.0", "2024-05-15T10:00:00+00:00")]
)
def test_envelope_dates_may_be_in_lower_case(name: str, printed: str) -> None:
    release = load_release(name)
    tree = example_tree("RC-REF", release, extent="minimal")
    tree["dateTimeSent"] = "2024-05-15t10:00:00z"
    tree["dateTimeExpires"] = "2124-05-15t10:00:00+02:00"
    formats: tuple[Format, ...] = ("json", "xml")
    for format_ in formats:
        written = release.write(release.parse(dump_json(tree), "json"), format_).decode()
        assert printed in written
        assert "2124-05-15T10:00:00+02:00" in written


def test_no_content_and_two_contents_are_told_apart(release: Release, tree: dict[str, Any]) -> None:
    none = copy.deepcopy(tree)
    del message_of(none)["technical"]
    assert "Could not detect any schemas in the message" in refusal(release, none).cause
    message_of(tree)["reference"] = {"distributionID": "x"}
    assert refusal(release, tree).cause == (
        f"{PREAMBLE}\nembeddedJsonContent: should be valid to one and only one schema, "
        "but 2 are valid\n"
    )


def test_the_header_is_required_where_the_type_needs_it(
    release: Release, tree: dict[str, Any]
) -> None:
    del message_of(tree)["status"]
    assert (
        "Issues found on the $.content[0].jsonContent.embeddedJsonContent.message header: \n"
        " - status: is missing but it is required\n"
    ) in refusal(release, tree).cause


def test_every_content_object_is_judged(release: Release, tree: dict[str, Any]) -> None:
    second = copy.deepcopy(tree["content"][0])
    tree["content"].append(second)
    release.validate(dump_json(tree), "json")
    second["jsonContent"]["embeddedJsonContent"]["message"]["technical"]["x"] = 1
    assert "technical.x: is not defined in the schema" in refusal(release, tree).cause


def test_patterns_of_1_0_only_have_to_be_found() -> None:
    release = load_release("1.0")
    tree = example_tree("RS-EDA", release, extent="minimal")
    message_of(tree)["createCaseHealth"]["caseId"] = "see fr.health.samuA.x.1 there"
    release.validate(dump_json(tree), "json")
    message_of(tree)["createCaseHealth"]["caseId"] = "elsewhere"
    assert r"does not match the regex pattern fr(\.[\w-]+){3,4}" in refusal(release, tree).cause


def test_body_fields_named_like_a_header_key_are_listed_there_by_the_quirk() -> None:
    quirky, plain = (
        load_release("2.0.0", quirks=quirks)
        for quirks in (frozenset(QUIRKS), frozenset(QUIRKS) - {"header-substring"})
    )
    tree = example_tree("RS-EDA", quirky)
    message_of(tree)["createCaseHealth"]["senderCaseId"] = 1
    assert "message header: \n - createCaseHealth.senderCaseId" in refusal(quirky, tree).cause
    assert "message content: \n - createCaseHealth.senderCaseId" in refusal(plain, tree).cause


def test_underscores_and_accents_pass_in_one_format_only() -> None:
    """The `\\w` of JSON is ASCII with the underscore, that of XSD is neither."""
    release = load_release("3.0.0")
    tree = example_tree("RS-EDA", release, extent="minimal")
    for value, json_ok, xml_ok in (("a.b_b.c.d", True, False), ("a.é.c.d", False, True)):
        message_of(tree)["createCaseHealth"]["caseId"] = value
        assert accepts(release, release.write_tree(tree, "json"), "json") is json_ok
        assert accepts(release, release.write_tree(tree, "xml"), "xml") is xml_ok


@pytest.mark.parametrize("name", ["RS-EDA-MAJ", "RS-SR"])
def test_two_types_of_1_0_pass_as_xml_only_without_the_quirk(name: str) -> None:
    quirky = load_release("1.0")
    body = example_message(name, quirky, written="xml")
    with pytest.raises(InvalidMessage):
        quirky.validate(body, "xml")
    load_release("1.0", quirks=frozenset(QUIRKS) - {"v1-xml-types"}).validate(body, "xml")


def test_json_that_cannot_be_parsed_is_another_matter(release: Release) -> None:
    with pytest.raises(UnparsableMessage) as caught:
        release.validate(b'{"distributionID": "a_1"', "json")
    assert caught.value.distribution_id == "a_1"
    assert caught.value.cause.startswith("An internal server error has occurred")


def test_xml_that_is_not_well_formed_is_told_in_the_reference_s_words(release: Release) -> None:
    with pytest.raises(InvalidMessage) as caught:
        release.validate(b"<a><distributionID>a_1</distributionID>", "xml")
    assert caught.value.cause == f"{CAUTION}Something went wrong with the XSD Validator."
    assert caught.value.distribution_id == "a_1"


def test_xml_problems_are_printed_as_a_list(release: Release, tree: dict[str, Any]) -> None:
    message_of(tree)["technical"]["integerField"] = "one"
    with pytest.raises(InvalidMessage) as caught:
        release.validate(release.write_tree(tree, "xml"), "xml")
    cause = caught.value.cause
    assert cause.startswith(f"{PREAMBLE}\n[{NOT_AN_INTEGER}, cvc-complex-type.2.4.a: ")
    assert cause.endswith(f"}}' is expected., {NOT_AN_INTEGER}]")
    assert cause.count("cvc-") == 5, "both schemas know the element, only one expects it there"
    assert caught.value.distribution_id == tree["distributionID"]


def test_xml_problems_after_a_misplaced_element_are_told_too(
    release: Release, tree: dict[str, Any]
) -> None:
    message_of(tree)["technical"]["integerField"] = "one"
    body = release.write_tree(tree, "xml").replace(b"<integerField>", b"<x/><y/><integerField>")
    with pytest.raises(InvalidMessage) as caught:
        release.validate(body, "xml")
    cause = caught.value.cause
    assert re.search(r"starting with element '\{\"[^\"]+\":x\}'", cause)
    assert ":y}'" not in cause  # one misplacement in one parent is told
    assert NOT_AN_INTEGER in cause


def test_the_quirk_of_qualified_names_is_how_misplaced_elements_are_called(
    tree: dict[str, Any],
) -> None:
    names = {}
    for quirks in (frozenset(("qualified-names",)), frozenset()):
        release = load_release("3.0.0", quirks=quirks)
        body = release.write_tree(tree, "xml").replace(b"<requiredStringField>", b"<x/><x>")
        body = body.replace(b"</requiredStringField>", b"</x>")
        with pytest.raises(InvalidMessage) as caught:
            release.validate(body, "xml")
        names[bool(quirks)] = re.findall("starting with element '([^']*)'", caught.value.cause)[0]
    assert names == {True: '{"urn:emergency:eda:1.9:technical":x}', False: "x"}


def test_a_very_wrong_list_does_not_make_a_very_long_text(
    release: Release, tree: dict[str, Any]
) -> None:
    message_of(tree)["technical"]["arrayField"] = [1] * 100_000
    assert len(refusal(release, tree).cause) < 50_000


def test_parse_gives_the_fields_of_the_envelope(release: Release) -> None:
    now = datetime(2026, 5, 15, 10, 0, tzinfo=UTC)
    body = example_message("RS-EDA", release, sender="fr.health.samu780", now=now)
    envelope = release.parse(body, "json")
    assert envelope.sender_id == "fr.health.samu780"
    assert envelope.recipient_id == "fr.health.samuB"
    assert (envelope.kind, envelope.status) == ("Report", "Actual")
    assert (envelope.date_sent, envelope.format) == (now, "json")
    assert envelope.type is release.types["RS-EDA"]
    assert envelope.tree == parse_json(body)
