"""What a text lacks to be a message, told to a person."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.messages import example_message, load_release
from hubemu.messages.releases.missing_envelope import what_is_missing

WHOLE = example_message("RC-REF", "2.0.0")
WHOLE_XML = example_message("RC-REF", "2.0.0", written="xml")


@pytest.mark.parametrize(
    ("body", "written", "told"),
    [
        (WHOLE, "json", None),
        (WHOLE_XML, "xml", None),
        (b'{"createCaseHealth": {}}', "json", "this is a bare RS-EDA content: its EDXL-DE"),
        (b"<createCaseHealth/>", "xml", "this is a bare RS-EDA content: its EDXL-DE"),
        (b'{"a": 1}', "json", "this has no EDXL-DE envelope: a message has distributionID, "),
        (b"<a/>", "xml", "the root of a message is edxlDistribution, not a"),
        (WHOLE.replace(b"senderID", b"sender"), "json", "the envelope lacks senderID"),
        (b"[]", "json", "a message is a JSON object"),
        (b"{", "json", "this is not JSON: "),
        (b"<a", "xml", "this is not XML that the Hub reads: "),
        (b"<!DOCTYPE a><a/>", "xml", "DOCTYPE"),
    ],
)
def test_what_is_missing_is_told(body: bytes, written: Any, told: str | None) -> None:
    found = what_is_missing(body, written, load_release("2.0.0"))
    assert (found is None) if told is None else (told in str(found))
