"""A bare content gets an envelope and, where its type has one, a header."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from lxml import etree

from hubemu.documents import summary_of
from hubemu.edxl import XML, Format
from hubemu.errors import InputError
from hubemu.messages import Letter, load_release, wrap, wrap_text

LETTER = Letter(
    sender="fr.health.samuA",
    recipient="fr.health.samuB",
    internal_id="1",
    now=datetime(2024, 1, 1, tzinfo=UTC),
)
RELEASE = load_release("2.0.0")
RELEASES = ("1.0", "2.0.0", "3.0.0", "3.4.1")


def message_of(envelope: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = envelope["content"][0]["jsonContent"]["embeddedJsonContent"][
        "message"
    ]
    return message


@pytest.mark.parametrize(
    ("key", "kind"), [("createCaseHealth", "Report"), ("reference", "Ack"), ("error", "Error")]
)
def test_the_kind_follows_the_content(key: str, kind: str) -> None:
    assert wrap({key: {}}, RELEASE, LETTER)["distributionKind"] == kind


@pytest.mark.parametrize("key", ["error", "customContent", "technicalNoreq", "info"])
def test_contents_without_header_get_none(key: str) -> None:
    assert message_of(wrap({key: {}}, RELEASE, LETTER)) == {key: {}}


@pytest.mark.parametrize("release", RELEASES)
def test_wrapped_json_has_a_valid_envelope_and_header(official: Path, release: str) -> None:
    folder = official / release / "json-schema"
    envelope = wrap({"createCase": {}}, load_release(release), LETTER)
    for name, part in (("EDXL-DE-envelope-only", envelope), ("RC-DE", message_of(envelope))):
        schema = json.loads((folder / f"{name}.schema.json").read_text())
        jsonschema_rs.validate(schema, part)


@pytest.mark.parametrize("release", ["2.0.0", "3.0.0", "3.4.1"])
def test_every_official_xml_example_is_valid_once_wrapped(official: Path, release: str) -> None:
    folder = official / release
    names = ("EDXL-DE-full.xsd", "EDXL-DE-full-no-header.xsd")
    schemas = [etree.XMLSchema(etree.parse(str(folder / "xsd" / name))) for name in names]
    examples = sorted((folder / "sample/examples").rglob("*.xml"))
    assert examples
    for example in examples:
        wrapped = etree.fromstring(
            wrap_text(example.read_bytes(), "xml", load_release(release), LETTER, example)
        )
        assert any(schema.validate(wrapped) for schema in schemas), example


def test_values_are_escaped_in_xml() -> None:
    odd = Letter(sender="a<b&c", recipient="{x}", internal_id="1", now=LETTER.now)
    body = wrap_text(b'<reference xmlns="urn:x:reference"/>', "xml", RELEASE, odd, "x")
    seen = summary_of(body, XML)
    assert (seen.sender, seen.recipient) == ("a<b&c", "{x}")


@pytest.mark.parametrize(
    ("content", "written", "problem"),
    [
        (b"{", "json", "not valid JSON"),
        (b'{"a": {}, "b": {}}', "json", "one key"),
        (b"[]", "json", "one key"),
        (b"<a", "xml", "not well-formed"),
    ],
)
def test_what_is_no_bare_content_is_refused(content: bytes, written: Format, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        wrap_text(content, written, RELEASE, LETTER, "file")
