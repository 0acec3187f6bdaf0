"""What the validators say of bad messages is explained: texts that they make themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hubemu.explain import explain
from hubemu.explain.knowledge import all_entries
from hubemu.messages import InvalidMessage, MessageError, Release, example_message, load_release
from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.xerces.explaining import explain as explain_xml
from hubemu.messages.xerces.schemas import Schema
from hubemu.messages.xerces.texts import _TEXTS, text
from tests.support.xml_damages import damages

KINDS = Path(__file__).parents[1] / "messages" / "xerces" / "kinds"
A, C = "fr.health.samuA", "fr.health.samuC"


def meant(key: str) -> str:
    """The entry that knows a key of the validator, by its id or its other names."""
    plain = key.partition("_")[0]
    for known in all_entries():
        if known.code == plain or re.search(rf"{re.escape(plain)}\b", known.name):
            return known.code
    ending = plain.rpartition(".")[2]
    return next(
        one.code
        for one in all_entries()
        if one.code.startswith(plain.rpartition(".")[0]) and f".{ending}" in one.name
    )


def first(told: str, language: Any = "en") -> str:
    found = explain(told, language=language)
    assert found, told
    return found[0].code


@pytest.fixture(scope="module")
def of_the_validator() -> dict[str, set[str]]:
    """Sentences that the validator makes of damaged documents, by their key."""
    schema = Schema({path.name: path.read_bytes() for path in KINDS.glob("*.xsd")}, "kinds.xsd")
    root = etree.fromstring((KINDS / "valid.xml").read_bytes())
    found: dict[str, set[str]] = {}
    for body in damages([root], "explained", 250):
        for sentence in explain_xml(schema, parse_xml(body), most=10**6):
            found.setdefault(sentence.partition(":")[0], set()).add(sentence)
    return found


def test_what_the_validator_says_of_damaged_documents_is_known(
    of_the_validator: dict[str, set[str]],
) -> None:
    assert len(of_the_validator) > 20
    wrong = {
        sentence: found
        for key, sentences in of_the_validator.items()
        for sentence in sorted(sentences)[:3]
        if (found := first(sentence)) != meant(key)
    }
    assert wrong == {}


@pytest.mark.parametrize("key", _TEXTS)
def test_every_sentence_of_the_validator_is_known_in_both_languages(key: str) -> None:
    sentence = text(key, "name", "{a, b}", "2", "3")
    assert first(sentence) == first(sentence, "fr") == meant(key)
    assert first(f"[{sentence}, cvc-type.3.1.3: The value '' of element 'a' is not valid.]") == (
        meant(key)
    )


def json_damages() -> Iterator[tuple[str, Any]]:
    """Messages with one thing wrong, and the keyword that says so."""

    def message(tree: Any) -> Any:
        return tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]

    def made() -> Any:
        return json.loads(example_message("RS-EDA", "3.0.0", sender=A, recipient=C))

    tree = made()
    del message(tree)["createCaseHealth"]["caseId"]
    yield "required", tree
    tree = made()
    message(tree)["createCaseHealth"]["caseID"] = "x"
    yield "additionalProperties", tree
    tree = made()
    message(tree)["createCaseHealth"]["location"]["freetext"] = 5
    yield "type", tree
    tree = made()
    tree["distributionKind"] = "report"
    yield "enum", tree
    tree = made()
    message(tree)["createCaseHealth"]["caseId"] = "a b"
    yield "pattern", tree
    tree = made()
    tree["dateTimeSent"] = "15/05/2024"
    yield "format", tree
    tree = made()
    tree["content"] = []
    yield "minItems", tree
    tree = made()
    message(tree)["reference"] = {"distributionID": "fr.health.samuA_1"}
    yield "oneOf", tree
    tree = made()
    del message(tree)["createCaseHealth"]
    yield "no-schema", tree


@pytest.mark.parametrize(("keyword", "tree"), list(json_damages()), ids=lambda one: str(one)[:20])
def test_what_the_validator_says_of_json_is_known(keyword: str, tree: Any) -> None:
    with pytest.raises(InvalidMessage) as refused:
        load_release("3.0.0").parse(json.dumps(tree).encode(), "json")
    found = [one.code for one in explain(refused.value.cause)]
    assert keyword in found, (refused.value.cause, found)
    if keyword not in ("minItems", "oneOf"):
        assert found[0] == keyword


def test_a_cause_that_names_an_envelope_says_so() -> None:
    bad = json.loads(example_message("RC-REF", "3.0.0", sender=A, recipient=C))
    del bad["senderID"]
    with pytest.raises(InvalidMessage) as refused:
        load_release("3.0.0").parse(json.dumps(bad).encode(), "json")
    assert [one.code for one in explain(refused.value.cause)] == ["required", "caution"]


def test_damaged_xml_of_a_release_is_always_explained() -> None:
    release = load_release("3.0.0")
    body = example_message("RS-EDA", "3.0.0", written="xml", sender=A, recipient=C)
    causes = [cause_of(release, one) for one in damages([etree.fromstring(body)], "explained", 40)]
    told = [cause for cause in causes if "cvc-" in cause]
    assert len(told) > 20
    assert [cause for cause in told if not explain(cause)] == []


def cause_of(release: Release, body: bytes) -> str:
    try:
        release.parse(body, "xml")
    except MessageError as error:
        return error.cause
    return ""


def test_xml_that_cannot_be_parsed_is_explained() -> None:
    with pytest.raises(InvalidMessage) as refused:
        load_release("3.0.0").parse(b'{"distributionID": "a"}', "xml")
    assert first(refused.value.cause) == "not-well-formed"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("Unable to route message with id a_1, no health actor involved.", "501"),
        ("unable do deliver message to fr.health.x.message, cause was NO_ROUTE (312)", "501"),
        ("Message a_1 has been read from dead-letter-queue; reason was expired", "500"),
        ("Message a_1 has expired before reaching the recipient queue", "400"),
        (
            "Unhandled Content-Type ! Message Content-Type should be set at 'application/json'",
            "101",
        ),
        (
            "An internal server error has occurred, please contact the administration team",
            "301",
        ),
        (
            "Error during internal call to Hub Santé conversion service: No RS-RI found for "
            "caseId: 'x'",
            "conversion",
        ),
        ("Message a_1 has been sent with an invalid distributionID format.\n", "distributionID"),
    ],
)
def test_the_other_causes_that_the_hub_tells_are_known(told: str, code: str) -> None:
    assert first(told) == code


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (
            "Element '{urn:x}a': This element is not expected. Expected is ( {urn:x}b ).",
            "cvc-complex-type.2.4.a",
        ),
        ("Element 'a': This element is not expected.", "cvc-complex-type.2.4.d"),
        (
            "Element 'a': [facet 'enumeration'] The value 'x' is not an element of the set {'y'}.",
            "cvc-enumeration-valid",
        ),
        (
            "Element 'a': 'x' is not a valid value of the atomic type 'xs:int'.",
            "cvc-datatype-valid.1.2.1",
        ),
    ],
)
def test_libxml2_says_the_same_in_other_words(told: str, code: str) -> None:
    assert first(told) == code
