"""Everything on the way of a body takes time in line with its size, and tells a bounded text."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, get_args

import pytest

from hubemu.dispatcher.unread_message import source_tree
from hubemu.messages import (
    Format,
    InvalidMessage,
    MessageError,
    Release,
    UnwritableMessage,
    example_message,
    example_tree,
    load_release,
)
from hubemu.messages.refusals import GOES_ON, MAX_CAUSE
from hubemu.messages.xml.stream import LARGE

SMALL = 200_000
"""Bytes of the smaller of two bodies of a shape; the larger one has four times as many."""


@pytest.fixture(autouse=True)
def collector_at_rest() -> Iterator[None]:
    """It would walk through whatever the tests before have left, at any moment."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def release() -> Release:
    return load_release("3.0.0")


def repeated(unit: bytes, size: int) -> bytes:
    return unit * max(1, size // len(unit))


def in_xml(type_name: str, before: bytes, what: bytes) -> bytes:
    body = example_message(type_name, "3.0.0", written="xml")
    assert before in body
    return body.replace(before, what + before, 1)


def emsi(change: Callable[[dict[str, Any]], None]) -> bytes:
    tree = json.loads(example_message("EMSI", "3.0.0"))
    change(tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["emsi"])
    return json.dumps(tree).encode()


def content_of_any_kind(names: bytes) -> bytes:
    return in_xml("TECHNICAL", b"<requiredStringField>", names)


def wrong_codes(size: int) -> bytes:
    missions = [{"TYPE": "x"}] * (size // 15)
    return emsi(lambda body: body.update(MISSION=missions))


def attributes(size: int) -> bytes:
    return b"".join(b' a%d=""' % number for number in range(size // 10))


def used_namespaces(size: int) -> bytes:
    count = size // 30
    declared = b"".join(b' xmlns:a%d="u%d"' % (number, number) for number in range(count))
    return b"<a" + declared + b">" + b"".join(b"<a%d:x/>" % n for n in range(count)) + b"</a>"


def case_id(written: Format, value: Callable[[int], str], size: int) -> bytes:
    """A case with an id of a size, which its pattern has to be tried against."""
    release = load_release("3.0.0")
    tree = example_tree("RS-EDA", release, extent="minimal")
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    message["createCaseHealth"]["caseId"] = value(size)
    return release.write_tree(tree, written)


NEVER_MATCHING: dict[str, Callable[[int], str]] = {
    "an id of letters": lambda size: "a" * size + "!",
    "an id of parts": lambda size: "a." * (size // 2) + "!",
    "an id of parts and letters": lambda size: "a." * 11 + "a" * size,
}
SHAPES: dict[str, tuple[Format, Callable[[int], bytes]]] = {
    "a string that is never closed, after brackets": (
        "json",
        lambda size: b"[" * 201 + b'"' + repeated(b'\\"', size),
    ),
    "quotes and backslashes": ("json", lambda size: b"[" * 201 + repeated(b'"\\', size)),
    "rows of empty lists": ("json", lambda size: b"[" + repeated(b"[],", size) + b"[]]"),
    "lists in lists": (
        "json",
        lambda size: b"[" + repeated(b"[" * 150 + b"]" * 150 + b",", size) + b"[]]",
    ),
    "an id and spaces": ("json", lambda size: repeated(b'"distributionID"' + b" " * 99, size)),
    "ids never closed": ("json", lambda size: repeated(b'"distributionID":"aaaaaaaaa', size)),
    "digits": ("json", lambda size: b'{"a":0.' + b"9" * size + b"}"),
    "wrong codes": ("json", wrong_codes),
    "missions that lack everything": (
        "json",
        lambda size: emsi(lambda body: body.update(MISSION=[{}] * (size // 4))),
    ),
    "comments never closed": ("xml", lambda size: repeated(b"<!-- ", size) + b"<!DOCTYPE a><a/>"),
    "comments before a DOCTYPE": (
        "xml",
        lambda size: repeated(b"<!---->", size) + b"<!DOCTYPE a><a/>",
    ),
    "unknown siblings": ("xml", lambda size: content_of_any_kind(repeated(b"<a/>", size))),
    "objects in the envelope that lack everything": (
        "xml",
        lambda size: in_xml("TECHNICAL", b"</content>", repeated(b"<contentObject/>", size)),
    ),
    "recipients that lack everything, on lines": (
        "xml",
        lambda size: in_xml("RS-EDA", b"<recipient>", repeated(b"<recipient/>\n", size)),
    ),
    "wrong codes in XML": (
        "xml",
        lambda size: in_xml("EMSI", b"<CATEGORY>", repeated(b"<CATEGORY>x</CATEGORY>", size)),
    ),
    "one sibling out of place before many that are wrong": (
        "xml",
        lambda size: in_xml(
            "EMSI", b"<CATEGORY>", b"<z/>" + repeated(b"<CATEGORY>x</CATEGORY>", size)
        ),
    ),
    "attributes": ("xml", lambda size: content_of_any_kind(b"<a" + attributes(size) + b"/>")),
    "namespaces": ("xml", lambda size: content_of_any_kind(used_namespaces(size))),
    "references in a text": (
        "xml",
        lambda size: in_xml("TECHNICAL", b"</requiredStringField>", repeated(b"&amp;", size)),
    ),
    "accents in a text": (
        "xml",
        lambda size: in_xml("TECHNICAL", b"</requiredStringField>", repeated("é".encode(), size)),
    ),
    "elements in a text": ("xml", lambda size: content_of_any_kind(repeated(b"a<b/>", size))),
} | {
    f"{name} that never matches, in {written}": (written, partial(case_id, written, value))
    for name, value in NEVER_MATCHING.items()
    for written in get_args(Format)
}


def seconds(release: Release, body: bytes, written: Format) -> float:
    """Process time of everything that is done with a body, the best of three."""
    spent = []
    for _ in range(3):
        started = time.process_time()
        try:
            release.write(release.parse(body, written), "xml")
        except MessageError:
            source_tree(body, written)
        spent.append(time.process_time() - started)
    return min(spent)


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_body_takes_about_four_times_as_long(release: Release, shape: str) -> None:
    written, make = SHAPES[shape]
    seconds(release, make(1_000), written)  # schemas are compiled when they are first needed
    small = seconds(release, make(SMALL), written)
    # With the square of the size it would be sixteen times.
    assert seconds(release, make(4 * SMALL), written) < 9 * small + 0.1


@pytest.mark.parametrize("shape", SHAPES)
def test_the_text_of_a_refusal_is_bounded(release: Release, shape: str) -> None:
    written, make = SHAPES[shape]
    cause = ""
    try:
        release.parse(make(SMALL), written)
    except MessageError as error:
        cause = error.cause
    assert len(cause) <= MAX_CAUSE + len(GOES_ON) + 1


def test_a_text_that_is_cut_says_that_the_real_one_goes_on(release: Release) -> None:
    with pytest.raises(InvalidMessage) as refused:
        release.parse(wrong_codes(165_000), "json")
    assert refused.value.cause.endswith(GOES_ON)
    assert "does not have a value in the enumeration" in refused.value.cause


def test_a_few_problems_are_told_whole(release: Release) -> None:
    with pytest.raises(InvalidMessage) as refused:
        release.parse(emsi(lambda body: body["EVENT"]["ETYPE"].update(CATEGORY=["x"] * 3)), "json")
    assert refused.value.cause.count("does not have a value") == 3
    assert GOES_ON not in refused.value.cause


def test_a_valid_message_stays_valid_however_much_its_other_readings_lack(release: Release) -> None:
    tree = json.loads(example_message("customContent", "3.0.0"))
    tree["content"] *= 500
    body = json.dumps(tree).encode()
    release.validate(body, "json")
    # Looked at closely, each content lacks what every other alternative wants.
    tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["customContent"] = 1
    with pytest.raises(InvalidMessage, match="integer found, object expected"):
        release.validate(json.dumps(tree).encode(), "json")


def test_xml_read_in_pieces_gets_the_verdict_of_xml_read_as_a_tree(release: Release) -> None:
    filling = b"<!--" + b"x" * LARGE + b"-->"
    for name in ("EMSI", "RS-EDA", "TECHNICAL", "customContent"):
        good = example_message(name, "3.0.0", written="xml")
        bad = good.replace(b"<distributionStatus>", b"<zzz/><distributionStatus>", 1)
        release.validate(good + filling, "xml")
        with pytest.raises(InvalidMessage) as small:
            release.validate(bad, "xml")
        with pytest.raises(InvalidMessage) as large:
            release.validate(bad + filling, "xml")
        assert large.value.cause == small.value.cause


def test_a_list_under_a_long_name_is_not_written_as_xml_of_gigabytes(release: Release) -> None:
    tree = json.loads(example_message("customContent", "3.0.0"))
    message = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    message["customContent"] = {"k" * 100_000: [1] * 100_000}
    envelope = release.parse(json.dumps(tree).encode(), "json")
    with pytest.raises(UnwritableMessage, match="too large"):
        release.write(envelope, "xml")
