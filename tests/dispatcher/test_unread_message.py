"""What can be seen of messages that were refused unread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.dispatcher.unread_message import Glimpse, glimpse, source_tree
from tests.support.dispatching import A, C, a_message, context
from tests.support.messages import as_bytes, technical, xml_envelope

XML = "<technical xmlns='urn:x'><a>1</a><a>2</a><b><c/></b></technical>"


def test_json_and_xml_tell_the_same() -> None:
    message = technical(A, C)
    seen = Glimpse(message["distributionID"], A, C, "Report", "TECHNICAL")
    release = context().release
    tree = source_tree(as_bytes(message), "json")
    assert tree is not None
    assert glimpse(tree, "json", release) == seen
    tree = source_tree(xml_envelope(message, XML), "xml")
    assert tree is not None
    assert glimpse(tree, "xml", release) == seen


def test_xml_becomes_local_names_lists_and_attributes() -> None:
    body = xml_envelope(a_message(), XML)
    tree = source_tree(body, "xml")
    assert tree is not None
    assert tree["type"] == "extended"
    content = tree["content"]["contentObject"]
    assert content["type"] == "resource"
    message = content["contentXML"]["embeddedXMLContent"]["message"]
    assert message == {"technical": {"a": ["1", "2"], "b": {"c": ""}}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        b"[1]",
        b"<a",
        b"\xff",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a><b>&e;</b></a>',
        b"<a>" * 1_000,
        b"[" * 100_000,
    ],
)
def test_where_there_is_no_tree_there_is_none(body: bytes) -> None:
    assert source_tree(body, "json") is None
    assert source_tree(body, "xml") is None


def test_a_text_alone_is_a_tree_too() -> None:
    assert source_tree(b"<a>text</a>", "xml") == {"": "text"}


def test_nonsense_tells_nothing() -> None:
    tree = {"senderID": 1, "distributionKind": "x", "descriptor": [], "content": [[]]}
    assert glimpse(tree, "json", context().release) == Glimpse()
    assert glimpse(tree, "xml", context().release) == Glimpse()


@given(st.binary(max_size=300))
def test_any_body_gives_a_tree_or_none(body: bytes) -> None:
    for written in ("json", "xml"):
        tree = source_tree(body, written)
        if tree is not None:
            glimpse(tree, written, context().release)
