"""Recipient, ids and dates of a file are changed in envelope and header alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from hubemu.client.outgoing import address, draft, refresh
from hubemu.documents import MessageNode, read_document, summary_of
from hubemu.edxl import JSON, XML, Format
from hubemu.errors import InputError
from hubemu.messages import Letter, load_release, wrap_text

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
LETTER = Letter(sender=A, recipient=B, internal_id="1", now=datetime(2024, 1, 1, tzinfo=UTC))
NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=1)))
CONTENTS = {
    JSON: b'{"reference": {"distributionID": "r1"}}',
    XML: b'<reference xmlns="urn:emergency:cisu:2.0:reference">'
    b"<distributionID>r1</distributionID></reference>",
}


def wrapped(content: bytes, content_type: str) -> bytes:
    written: Format = "xml" if content_type == XML else "json"
    return wrap_text(content, written, load_release("2.0.0"), LETTER, "x")


@pytest.fixture(params=[JSON, XML])
def content_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def document(content_type: str) -> MessageNode:
    return read_document(wrapped(CONTENTS[content_type], content_type), content_type)


def test_another_recipient_in_envelope_and_header(document: MessageNode) -> None:
    address(document, C)
    message = document.message()
    assert message is not None
    assert document.text("descriptor.explicitAddress.explicitAddressValue") == C
    assert message.text("recipient.name") == C
    assert message.text("recipient.URI") == f"hubex:{C}"
    assert message.text("sender.name") == A


def test_fresh_ids_and_dates_agree_in_envelope_and_header(document: MessageNode) -> None:
    fresh_id = refresh(document, C, NOW)
    message = document.message()
    assert message is not None
    assert fresh_id.startswith(f"{C}_")
    assert document.text("distributionID") == message.text("messageId") == fresh_id
    assert document.text("senderID") == message.text("sender.name") == C
    assert message.text("sender.URI") == f"hubex:{C}"
    sent = "2026-01-02T03:04:05+01:00"
    assert document.text("dateTimeSent") == message.text("sentAt") == sent
    assert document.text("dateTimeExpires") == "2026-01-03T03:04:05+01:00"


def test_the_reference_of_an_acknowledgement_is_left_alone(document: MessageNode) -> None:
    refresh(document, C, NOW)
    message = document.message()
    assert message is not None
    assert message.text("reference.distributionID") == "r1"


def test_a_message_without_header_is_refreshed(content_type: str) -> None:
    bare = {
        JSON: b'{"customContent": {"a": "b"}}',
        XML: b'<customContent xmlns="urn:emergency:cisu:2.0"><a>b</a></customContent>',
    }
    body = wrapped(bare[content_type], content_type)
    document = read_document(body, content_type)
    assert refresh(document, C, NOW) == document.text("distributionID")


def test_a_file_is_sent_byte_for_byte_when_nothing_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(b'{ "not": 1.50 }')
    outgoing = draft(file).ready(sender=A)
    assert (outgoing.body, outgoing.content_type) == (b'{ "not": 1.50 }', JSON)
    assert (outgoing.distribution_id, outgoing.recipient) == (None, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b'{ "not": 1.50, }', r"not valid JSON .* at line 1, column"),
        (b'{\n "cut": "of', r"the JSON is cut off at line 2, column"),
        (b"\x00\x01\x02\xff", "not UTF-8 at line 1, byte 4: save it as UTF-8"),
        (b"\xff\xfe{\x00}\x00", "is UTF-16: save it as UTF-8"),
    ],
)
def test_what_is_no_json_is_sent_only_if_asked(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=told):
        draft(file)
    assert draft(file, as_is=True).ready(sender=A).body == content


def test_what_is_cut_in_xml_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "cut.xml"
    file.write_bytes(b"<a>\n<b></a>")
    with pytest.raises(InputError, match="not well-formed XML at line 2, column"):
        draft(file)


def test_prepare_fills_what_is_asked(tmp_path: Path, content_type: str) -> None:
    file = tmp_path / "message"
    file.write_bytes(wrapped(CONTENTS[content_type], content_type))
    outgoing = draft(file).ready(sender=C, recipient=A, fresh=NOW)
    seen = summary_of(outgoing.body, outgoing.content_type)
    assert (seen.sender, seen.recipient) == (C, A)
    assert seen.distribution_id == outgoing.distribution_id
    assert outgoing.recipient == A
    assert NOW.isoformat(timespec="seconds").encode() in outgoing.body


def test_what_is_no_message_cannot_be_changed(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(CONTENTS[JSON])
    with pytest.raises(InputError, match="not an EDXL message"):
        draft(file).ready(sender=A, fresh=NOW)
