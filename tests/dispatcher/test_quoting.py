"""What a report quotes of its message: read from the bytes, in the encoding they show."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hubemu.dispatcher.decision import quoted
from tests.support.dispatching import (
    A,
    B,
    C,
    a_message,
    context,
    delivery,
    message_in,
    persistent,
)
from tests.support.messages import HELLO, as_bytes, xml_envelope
from tests.support.ruling import ruling


def quoted_of(body: bytes, written: str = "json") -> Any:
    """What is quoted of a message published by somebody else, so refused."""
    made = ruling(delivery(body, B, persistent(f"application/{written}")))
    assert made.outcome == "rejected"
    source, _ = quoted(made, context().release)
    return source


def hello(text: bytes, written: str = "json") -> bytes:
    message = a_message(A, C, {"customContent": {"hello": "TEXT"}})
    if written == "json":
        return as_bytes(message).replace(b"TEXT", text)
    return xml_envelope(message, HELLO.replace("hub", "TEXT")).replace(b"TEXT", text)


def test_a_source_of_malformed_bytes_is_not_quoted() -> None:
    assert quoted_of(hello("é".encode())) is not None
    assert quoted_of(hello(b"\xe9")) is None
    assert quoted_of(hello(b"\xe9", "xml"), "xml") is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32-le", "utf-8-sig"])
def test_a_source_is_quoted_in_the_encoding_its_bytes_show(encoding: str) -> None:
    body = hello("é".encode()).decode().encode(encoding)
    assert message_in(quoted_of(body))["customContent"] == {"hello": "é"}


def test_a_source_in_xml_is_quoted_in_the_encoding_it_declares() -> None:
    body = hello(b"\xe9", "xml").replace(b"UTF-8", b"ISO-8859-1")
    assert b"\xc3\xa9" in orjson.dumps(quoted_of(body, "xml"))
    marked = b"\xef\xbb\xbf" + hello("é".encode(), "xml")
    assert "é".encode() in orjson.dumps(quoted_of(marked, "xml"))
