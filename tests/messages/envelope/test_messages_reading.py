"""What passes the schemas and is refused by the reader: error 102 of the Hub."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.messages import (
    Release,
    UnaddressedMessage,
    UnreadableMessage,
    dump_json,
    example_message,
    example_tree,
    load_release,
)


@pytest.fixture
def release() -> Release:
    return load_release("2.0.0")


def message_of(tree: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    return message


def assert_unreadable(release: Release, body: bytes, written: Any, told: str) -> None:
    release.validate(body, written)
    with pytest.raises(UnreadableMessage, match=told) as caught:
        release.parse(body, written)
    if b"fr.health.samuA_" in body:
        assert caught.value.distribution_id.startswith("fr.health.samuA_")


def test_unknown_keys_around_the_content(release: Release) -> None:
    for place in ("message", "embedded", "json", "object"):
        tree = example_tree("TECHNICAL", release)
        outer = tree["content"][0]
        found = {
            "object": outer,
            "json": outer["jsonContent"],
            "embedded": outer["jsonContent"]["embeddedJsonContent"],
            "message": message_of(tree),
        }[place]
        found["unknown"] = "x"
        assert_unreadable(release, dump_json(tree), "json", "unknown|and nothing else")


@pytest.mark.parametrize("missing", ["explicitAddress", "descriptor"])
def test_xml_may_address_nobody_unless_the_reader_refuses_it_before(
    release: Release, missing: str
) -> None:
    body = example_message("RS-EDA", release, written="xml", seed=1)
    before, _, rest = body.partition(f"<{missing}".encode())
    nobody = before + rest.partition(f"</{missing}>".encode())[2]
    release.validate(nobody, "xml")
    with pytest.raises(UnaddressedMessage) as caught:
        release.parse(nobody, "xml")
    assert caught.value.distribution_id in nobody.decode()
    update = b"<distributionKind>Report<", b"<distributionKind>Dispatch<"
    assert update[0] in nobody
    release.validate(nobody.replace(*update), "xml")
    with pytest.raises(UnreadableMessage):
        release.parse(nobody.replace(*update), "xml")


def test_a_header_beside_a_content_that_goes_without(release: Release) -> None:
    tree = example_tree("TECHNICAL", release)
    message = message_of(tree)
    del message["technical"]
    message["customContent"] = {}
    assert_unreadable(release, dump_json(tree), "json", "unknown or missing beside customContent")


@pytest.mark.parametrize(
    ("name", "type_name"), [("1.0", "RS-INFO"), ("2.0.0", "RS-INFO"), ("3.0.0", "RC-DE")]
)
@pytest.mark.parametrize("written", ["json", "xml"])
def test_contents_without_a_class(name: str, type_name: str, written: Any) -> None:
    body = example_message(type_name, name, written=written)
    assert_unreadable(load_release(name), body, written, "no class")


@pytest.mark.parametrize(
    ("name", "code", "text", "known"),
    [
        ("2.0.0", 300, "INVALID_MESSAGE", True),
        ("2.0.0", 300, "INVALID", False),
        ("2.0.0", 600, "MESSAGE_CONVERSION_ERROR", False),
        ("3.0.0", 600, "MESSAGE_CONVERSION_ERROR", True),
        ("3.0.0", 999, "WHATEVER", False),
    ],
)
@pytest.mark.parametrize("written", ["json", "xml"])
def test_error_codes_are_known_in_pairs(
    name: str, code: int, text: str, known: bool, written: Any
) -> None:
    release = load_release(name, quirks=frozenset())
    tree = example_tree("RS-ERROR", release)
    message_of(tree)["error"]["errorCode"] = {"statusCode": code, "statusString": text}
    body = release.write_tree(tree, written)
    if known:
        assert release.parse(body, written).type is release.types["RS-ERROR"]
    else:
        assert_unreadable(release, body, written, "not an error code")


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("distributionKind", "Request"),
        ("distributionStatus", "Test"),
        ("booleanField", "1"),
        ("datetimeField", "2024-05-15T10:00:00"),
        ("datetimeField", "2024-05-15T24:00:00Z"),
    ],
)
def test_xml_values_that_the_reader_cannot_hold(release: Release, element: str, value: str) -> None:
    body = example_message("TECHNICAL", release, written="xml").decode()
    start, end = (body.index(tag) for tag in (f"<{element}>", f"</{element}>"))
    changed = f"{body[: start + len(element) + 2]}{value}{body[end:]}".encode()
    assert_unreadable(release, changed, "xml", "unknown distributionKind|cannot|can hold")


def test_a_json_integer_beyond_32_bits(release: Release) -> None:
    tree = example_tree("TECHNICAL", release)
    message_of(tree)["technical"]["integerField"] = 2**31
    assert_unreadable(release, dump_json(tree), "json", "more than the reader can hold")


@pytest.mark.parametrize("moment", ["0000-05-15T10:00:00Z", "2024-05-15T10:00:00+19:00"])
def test_a_json_date_that_the_reader_cannot_hold(release: Release, moment: str) -> None:
    tree = example_tree("TECHNICAL", release) | {"dateTimeExpires": moment}
    assert_unreadable(release, dump_json(tree), "json", "cannot hold")


def test_a_bare_content_is_a_valid_xml_root_but_no_message(release: Release) -> None:
    body = example_message("RS-EDA", release, written="xml")
    start, end = body.index(b"<createCaseHealth"), body.index(b"</message>")
    with pytest.raises(UnreadableMessage, match="no content"):
        release.parse(body[start:end], "xml")


def test_xml_the_types_do_not_know_is_dropped(release: Release) -> None:
    body = example_message("TECHNICAL", release, written="xml")
    keyword = (
        b"<keyword><ct:ValueListURI>urn:x</ct:ValueListURI><ct:Value>v</ct:Value></keyword>"
        b"<explicitAddress>"
    )
    changed = body.replace(b"<explicitAddress>", keyword)
    assert release.write(release.parse(changed, "xml"), "xml") == body


@pytest.mark.parametrize("body", [b"{}", b"[]", b"1", b'{"content": 1}', b"<a/>", b"<", b"\xff"])
@pytest.mark.parametrize("written", ["json", "xml"])
def test_read_refuses_what_is_no_message(release: Release, body: bytes, written: Any) -> None:
    with pytest.raises(UnreadableMessage):
        release.read(body, written)
