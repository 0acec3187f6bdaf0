"""The same fields are read and replaced in JSON and in XML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hubemu.documents import MessageNode, content_type_of, read_document, read_file
from hubemu.edxl import JSON, XML
from hubemu.errors import InputError
from tests.support.messages import as_bytes, reference, xml_envelope

A, B = "fr.health.samuA", "fr.health.samuB"
CONTENT = """<messageId>m1</messageId><sender><name>a</name><URI>u</URI></sender>
<recipient><name>b</name><URI>u</URI></recipient><recipient><name>c</name><URI>u</URI></recipient>
<reference xmlns="urn:emergency:cisu:2.0:reference"><distributionID>r1</distributionID></reference>
"""


def both() -> list[tuple[str, bytes]]:
    message = reference(A, B, "r1")
    inner = message["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    inner["recipient"].append({"name": "c", "URI": "u"})
    return [(JSON, as_bytes(message)), (XML, xml_envelope(message, CONTENT))]


@pytest.fixture(params=both(), ids=["json", "xml"])
def document(request: pytest.FixtureRequest) -> MessageNode:
    content_type, body = request.param
    return read_document(body, content_type)


def message_of(document: MessageNode) -> MessageNode:
    message = document.message()
    assert message is not None
    return message


def test_envelope_and_content_are_read_by_path(document: MessageNode) -> None:
    assert document.text("senderID") == A
    assert document.text("descriptor.explicitAddress.explicitAddressValue") == B
    assert message_of(document).text("reference.distributionID") == "r1"


def test_names_are_those_of_the_json_form(document: MessageNode) -> None:
    names = list(message_of(document).names())
    assert names[0] == "messageId"
    assert names[-1] == "reference"


@pytest.mark.parametrize("path", ["nothing", "descriptor", "senderID.below", "descriptor.none"])
def test_absent_fields_and_nodes_have_no_text(document: MessageNode, path: str) -> None:
    assert document.text(path) is None
    assert not document.replace(path, "x")


def test_a_replaced_field_is_in_the_bytes(document: MessageNode) -> None:
    assert document.replace("senderID", B)
    assert message_of(document).replace("recipient.name", "é<&")
    written = document.to_bytes()
    again = read_document(written, XML if written.startswith(b"<") else JSON)
    assert again.text("senderID") == B
    assert message_of(again).text("recipient.name") == "é<&"


def test_keep_first_leaves_one_item(document: MessageNode) -> None:
    message_of(document).keep_first("recipient")
    written = document.to_bytes()
    assert (
        written.count(b"recipient>") == 2
        or len(
            json.loads(written)["content"][0]["jsonContent"]["embeddedJsonContent"]["message"][
                "recipient"
            ]
        )
        == 1
    )


def test_a_message_without_content_has_no_message_node() -> None:
    assert read_document(b'{"distributionID": "x", "content": []}', JSON).message() is None


@pytest.mark.parametrize(
    ("body", "content_type", "problem"),
    [
        (b'{"a": 1,\n x}', JSON, "line 2, column 2: not valid JSON"),
        (b"[1]", JSON, "no distributionID"),
        (b"<a>", XML, "not well-formed XML"),
        (b"<a/>", XML, "no distributionID"),
    ],
)
def test_what_is_no_message_is_refused(body: bytes, content_type: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_document(body, content_type, "file.x")


def test_entities_of_a_file_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = f"""<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>
    <a><distributionID>x</distributionID><senderID>&e;</senderID></a>"""
    document = read_document(body.encode(), XML)
    assert document.text("senderID") is None
    assert b"<senderID>&e;</senderID>" in document.to_bytes()


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a.json", b"garbage", JSON),
        ("a.XML", b"{}", XML),
        ("a.txt", b"\xef\xbb\xbf {}", JSON),
        ("a", b"\n<a/>", XML),
    ],
)
def test_content_type_comes_from_suffix_then_content(name: str, body: bytes, expected: str) -> None:
    assert content_type_of(Path(name), body) == expected


def test_neither_json_nor_xml_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.txt: neither JSON nor XML"):
        content_type_of(Path("a.txt"), b"hello")


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_file(tmp_path / "absent.json")
