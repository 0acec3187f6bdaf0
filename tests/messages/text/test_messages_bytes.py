"""How bytes become a message: what the Hub's decoding and parsers let pass (facts: hub 10)."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.messages import (
    InvalidMessage,
    UnparsableMessage,
    UnreadableMessage,
    load_release,
)
from hubemu.messages.text.decoding import as_utf8
from tests.support.messages import as_bytes, envelope, xml_envelope

A, C = "fr.health.samuA", "fr.health.samuC"
RELEASE = load_release("2.0.0")


def carrying(text: bytes) -> bytes:
    """A message in JSON whose customContent has `text`, as it is, within quotes."""
    body = as_bytes(envelope(A, C, {"customContent": {"text": "TEXT", "n": 1}}))
    return body.replace(b'"TEXT"', b'"' + text + b'"')


def read_text(body: bytes, written: Any = "json") -> Any:
    tree = RELEASE.parse(body, written).tree
    return tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["customContent"]


@pytest.mark.parametrize(
    ("malformed", "text"),
    [
        (b"caf\xe9", "caf\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\xe2\x82", "\ufffd"),
        (b"\xc0\xaf", "\ufffd\ufffd"),
        (b"\xf0\x9f\x98", "\ufffd"),
        # Half a surrogate pair is one malformed sequence to Java.
        (b"\xed\xa0\x80.", "\ufffd."),
        (b"\xed\xa0\x80\xed\xb0\x80", "\ufffd\ufffd"),
        (b"\xf5\x80\x80\x80", "\ufffd" * 4),
    ],
)
def test_malformed_bytes_are_delivered_as_replacement_characters(
    malformed: bytes, text: str
) -> None:
    assert read_text(carrying(malformed))["text"] == text
    content = b"<customContent><text>" + malformed + b"</text></customContent>"
    message = xml_envelope(envelope(A, C), "CONTENT").replace(b"CONTENT", content)
    assert read_text(message, "xml")["text"] == text
    assert as_utf8(malformed).decode() == text


@pytest.mark.parametrize("rest", [b" letters", b"}", b"\x00", b"{}", b"\xff", b"//", b"\n\n"])
def test_what_follows_the_first_value_is_not_looked_at(rest: bytes) -> None:
    body = as_bytes(envelope(A, C))
    assert RELEASE.parse(b" \n" + body + rest, "json").sender_id == A


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + as_bytes(envelope(A, C)),
        carrying(b"x").replace(b'"n": 1', b'"n": NaN'),
        carrying(b"x").replace(b'"n": 1', b'"n": /* one */ 1'),
        carrying(b"tab\there"),
        carrying(b"x").replace(b'"n": 1', b'"n": ' + b"1" * 1001),
        carrying(b"x").replace(b'"n": 1', b'"n": 1.' + b"1" * 1000),
        as_bytes(envelope(A, C)).decode().encode("utf-16"),
    ],
)
def test_what_the_parser_of_json_refuses(body: bytes) -> None:
    with pytest.raises(UnparsableMessage):
        RELEASE.parse(body, "json")


@pytest.mark.parametrize("number", [b"1" * 1000, b"-" + b"1" * 1000, b"1." + b"1" * 999])
def test_numbers_of_a_thousand_digits_pass(number: bytes) -> None:
    body = carrying(b"x").replace(b'"n": 1', b'"n": ' + number)
    assert str(read_text(body)["n"]) == number.decode()


def test_a_text_of_many_digits_is_no_number() -> None:
    assert read_text(carrying(b"1" * 3000))["text"] == "1" * 3000


def test_of_equal_keys_the_last_counts() -> None:
    body = as_bytes(envelope(A, C))
    twice = b'{"senderID": 7, ' + body[1:]
    assert RELEASE.parse(twice, "json").sender_id == A
    again = body[:-1] + b', "senderID": "fr.health.other"}'
    assert RELEASE.parse(again, "json").sender_id == "fr.health.other"


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (b"\\ud800", "?"),
        (b"\\udfffx", "?x"),
        (b"\\ud83d\\ude00", "\U0001f600"),
        (b"\\uD83D\\uDE00\\ude00", "\U0001f600?"),
        (b"\\ud83d\\ud83d\\ude00", "?\U0001f600"),
        (b"\\\\ud800", "\\ud800"),
        (b"\\u00e9", "é"),
    ],
)
def test_half_a_character_leaves_as_a_question_mark(escaped: bytes, text: str) -> None:
    message = RELEASE.parse(carrying(escaped), "json")
    delivered = RELEASE.write(message, "json")
    assert read_text(delivered)["text"] == text
    assert f">{text}<".encode() in RELEASE.write(message, "xml")


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t "])
def test_an_empty_body_passes_the_schema_and_not_the_reader(body: bytes) -> None:
    with pytest.raises(UnreadableMessage) as caught:
        RELEASE.parse(body, "json")
    assert caught.value.distribution_id == "distributionID_could_not_be_extracted"
    with pytest.raises(InvalidMessage):
        RELEASE.parse(body, "xml")


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "us-ascii", "windows-1252"])
def test_the_encoding_that_xml_declares_means_nothing(encoding: str) -> None:
    body = xml_envelope(envelope(A, C), "<customContent><text>é€</text></customContent>")
    assert read_text(body.replace(b"UTF-8", encoding.encode()), "xml")["text"] == "é€"


def test_a_byte_order_mark_before_xml_is_300() -> None:
    body = xml_envelope(envelope(A, C), "<customContent><text>x</text></customContent>")
    with pytest.raises(InvalidMessage) as caught:
        RELEASE.parse(b"\xef\xbb\xbf" + body, "xml")
    assert "Something went wrong with the XSD Validator." in caught.value.cause


def declaring(version: bytes, content: str) -> bytes:
    body = xml_envelope(envelope(A, C), f"<customContent><text>{content}</text></customContent>")
    return body.replace(b"version='1.0'", b"version='" + version + b"'")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a&#x1;b&#31;", "a\x01b\x1f"),
        ("a&#9;\x85b\u2028c", "a\t\x85b\u2028c"),
        ("<![CDATA[&#x1;]]>&#x1;", "&#x1;\x01"),
        ("&#x80;é", "\x80é"),
    ],
)
def test_xml_1_1_is_read(content: str, text: str) -> None:
    message = RELEASE.parse(declaring(b"1.1", content), "xml")
    assert read_text(RELEASE.write(message, "json"))["text"] == text


@pytest.mark.parametrize(
    ("version", "content"),
    [
        (b"1.0", "&#x1;"),
        (b"1.2", "a"),
        (b"2.0", "a"),
        (b"1.1", "\x01"),
        (b"1.1", "\x7f"),
        (b"1.1", "&#0;"),
        (b"1.1", "<![CDATA["),
    ],
)
def test_what_no_version_of_xml_allows_is_300(version: bytes, content: str) -> None:
    with pytest.raises(InvalidMessage):
        RELEASE.parse(declaring(version, content), "xml")
