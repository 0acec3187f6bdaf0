"""Hostile bodies: a value or one of our errors, quickly; nothing is fetched or expanded."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubemu.messages import (
    InvalidMessage,
    MessageError,
    Release,
    UnparsableMessage,
    UnreadableMessage,
    UnwritableMessage,
    dump_json,
    example_message,
    example_tree,
    load_release,
    parse_json,
)
from hubemu.messages.text.json_text import MAX_BODY, NotJson

JSON_BODY = example_message("TECHNICAL", "2.0.0")
XML_BODY = example_message("TECHNICAL", "2.0.0", written="xml")
PLENTY = 50_000
"""Times what a small message takes: no refusal of a large one may take longer."""


def parsed(body: bytes, written: Any) -> type[Exception] | None:
    release = load_release("2.0.0")
    try:
        envelope = release.parse(body, written)
        release.write(envelope, "json")
    except MessageError as error:
        return type(error)
    return None


@cache
def ordinary() -> float:
    """Seconds of this process that an ordinary message takes."""
    parsed(JSON_BODY, "json")  # schemas are compiled when they are first needed
    started = time.process_time()
    for _ in range(100):
        parsed(JSON_BODY, "json")
    return (time.process_time() - started) / 100


@pytest.fixture
def release() -> Release:
    return load_release("2.0.0")


def outcome(body: bytes, written: Any) -> type[Exception] | None:
    limit = PLENTY * ordinary()
    started = time.process_time()
    refused = parsed(body, written)
    assert time.process_time() - started < limit
    return refused


@settings(max_examples=300, deadline=None)
@given(st.binary(), st.sampled_from(["json", "xml"]))
@example(b"", "json")
@example(b"\x00", "xml")
def test_any_bytes_give_a_value_or_one_of_our_errors(body: bytes, written: str) -> None:
    assert outcome(body, written) is not None


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(["json", "xml"]))
def test_any_damage_gives_a_value_or_one_of_our_errors(data: st.DataObject, written: str) -> None:
    body = JSON_BODY if written == "json" else XML_BODY
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 20)))
    outcome(body[:start] + data.draw(st.binary(max_size=8)) + body[end:], written)


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(parse_json(JSON_BODY))), _TREES)
def test_any_tree_in_any_place_gives_a_value_or_one_of_our_errors(key: str, value: Any) -> None:
    tree = parse_json(JSON_BODY) | {key: value}
    try:
        body = dump_json(tree)
    except (TypeError, ValueError):
        return  # not JSON: half a character, or a number beyond 64 bits
    outcome(body, "json")


def _inside(elements: bytes) -> bytes:
    """A message with these elements in its body."""
    return XML_BODY.replace(b"<enumerationField>", elements + b"<enumerationField>")


DOCTYPES = [
    b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;">]><a>&y;</a>',
    b"<?xml version='1.0'?><!-- <a> --><!DOCTYPE a><a/>",
    b"<?pi <a ?><!DOCTYPE a><a/>",
]


@pytest.mark.parametrize("body", DOCTYPES)
def test_a_doctype_is_refused_in_plain_words(release: Release, body: bytes) -> None:
    with pytest.raises(
        InvalidMessage, match=r"document type declaration \(DOCTYPE\) is not allowed"
    ):
        release.validate(body, "xml")


def test_the_word_doctype_in_a_text_or_comment_is_harmless(release: Release) -> None:
    changed = XML_BODY.replace(
        b"<requiredStringField>", b"<!-- <!DOCTYPE a> --><requiredStringField><![CDATA[<!DOCTYPE]]>"
    )
    assert release.parse(changed, "xml").type.name == "TECHNICAL"


@pytest.mark.parametrize(
    ("body", "written", "expected"),
    [
        (b"<a>" * 100_000, "xml", InvalidMessage),
        (b'{"a":' * 100_000, "json", UnparsableMessage),
        (b"[" * 200_000 + b"]" * 200_000, "json", UnparsableMessage),
        (b'{"a":"' + b"x" * 10_000_000 + b'"}', "json", InvalidMessage),
        (b"<a>" + b"x" * 10_000_000 + b"</a>", "xml", InvalidMessage),
        (b"\x00" * 10_000_000, "json", InvalidMessage),
        (b'{"a": NaN}', "json", UnparsableMessage),
        (b'{"a": ' + b"9" * 5_000 + b"}", "json", UnparsableMessage),
        (b'{"a": 1e99999999999999999999}', "json", InvalidMessage),
        (b"\xff\xfe{\x00}\x00", "json", UnparsableMessage),
        (b"<a>\xff</a>", "xml", InvalidMessage),
        (b"<a>&undeclared;</a>", "xml", InvalidMessage),
        ("<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16"), "xml", InvalidMessage),
        (_inside(b"<integerField>x</integerField>" * 20_000), "xml", InvalidMessage),
        (_inside(b"<unknown/>" * 60_000), "xml", InvalidMessage),
        (b"<a " + b" ".join(b"x%d='1'" % n for n in range(50_000)) + b"/>", "xml", InvalidMessage),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_attack_is_refused(body: bytes, written: Any, expected: type[Exception]) -> None:
    assert outcome(body, written) is expected


@pytest.mark.parametrize("nested", [b"[" * 100_000, b"[" * 3_000 + b"]" * 3_000, b'{"a":' * 3_000])
@pytest.mark.parametrize(
    "key", [b'"dateTimeSent":', b'"creation":', b'"distributionID":', b'"lat":']
)
def test_what_is_nested_where_a_value_belongs_is_refused(
    release: Release, key: bytes, nested: bytes
) -> None:
    body = example_message("RS-EDA", release, seed=1, extent="full")
    before, found, after = body.partition(key)
    assert found
    with pytest.raises((UnparsableMessage, InvalidMessage)):
        release.parse(before + key + nested + after[after.index(b",") :], "json")


def test_free_content_may_be_deep_but_not_deeper_than_xml_can_be(release: Release) -> None:
    deep: dict[str, Any] = {}
    for _ in range(180):
        deep = {"a": deep}
    tree = example_tree("customContent", release)
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    message["customContent"] = deep
    xml = release.write(release.parse(dump_json(tree), "json"), "xml")
    assert release.parse(xml, "xml").type.name == "customContent"
    for _ in range(40):
        deep = {"a": deep}
    message["customContent"] = deep
    with pytest.raises(NotJson, match="levels deep"):
        parse_json(dump_json(tree))
    with pytest.raises(UnreadableMessage, match="levels deep"):
        release.parse(release.write_tree(tree, "xml"), "xml")


def test_what_is_too_deep_to_print_is_refused() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    with pytest.raises(UnwritableMessage, match="cannot be written as JSON"):
        dump_json(deep)


def test_integers_of_any_size_are_kept(release: Release) -> None:
    tree = example_tree("customContent", release)
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    message["customContent"] = {"n": [2**70, -(2**64)]}
    body = dump_json(tree)
    assert b'{"n":[1180591620717411303424,-18446744073709551616]}' in body
    assert release.write(release.parse(body, "json"), "json") == body


def test_the_limit_on_bodies_is_told(release: Release) -> None:
    body = b'{"distributionID": "a_1", "x": "' + b"x" * MAX_BODY + b'"}'
    with pytest.raises(InvalidMessage, match=f"more than the {MAX_BODY} that are read") as caught:
        release.validate(body, "json")
    assert caught.value.distribution_id == "a_1"
