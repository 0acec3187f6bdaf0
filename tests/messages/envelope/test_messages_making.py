"""Envelopes, error reports and examples that hubemu makes itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from hubemu.errors import InputError
from hubemu.messages import (
    InvalidMessage,
    Letter,
    UnwritableMessage,
    builtin_releases,
    dump_json,
    error_report,
    example_content,
    example_message,
    load_release,
    parse_json,
    wrap,
)
from hubemu.messages.releases.patterns import PatternError, draw

NOW = datetime(2026, 5, 15, 8, 0, 0, 250_000, tzinfo=UTC)
LETTER = Letter(sender="a", recipient="b", internal_id="7", now=NOW)


def message_of(tree: Any) -> dict[str, Any]:
    message: dict[str, Any] = tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    return message


def report(name: str, source: Any, quirks: frozenset[str] = frozenset()) -> Any:
    return error_report(
        load_release(name, quirks=quirks),
        distribution_id="fr.health.hub_1",
        recipient="fr.health.samuA",
        code=300,
        status="INVALID_MESSAGE",
        cause="Could not",
        source=source,
        referenced_id="fr.health.samuA_1",
        now=NOW,
    )


def test_wrap_adds_the_header_where_the_type_needs_one() -> None:
    release = load_release("3.0.0")
    for key, header in (("reference", True), ("customContent", False)):
        content: dict[str, Any] = {key: {}}
        tree = wrap(content, release, LETTER)
        assert tree["distributionID"] == "a_7"
        assert ("messageId" in message_of(tree)) is header
    assert tree["dateTimeSent"] == "2026-05-15T08:00:00+00:00"
    assert tree["dateTimeExpires"] == "2026-05-16T08:00:00+00:00"


def test_wrap_takes_an_acknowledgement_for_one() -> None:
    content = {"reference": {"distributionID": "b_1"}}
    release = load_release("2.0.0")
    tree = wrap(content, release, LETTER)
    assert (tree["distributionKind"], message_of(tree)["kind"]) == ("Ack", "Ack")


def test_wrap_refuses_a_content_the_release_does_not_have() -> None:
    with pytest.raises(KeyError):
        wrap({"x": {}}, load_release("3.0.0"), LETTER)


@pytest.mark.parametrize("name", builtin_releases())
def test_an_error_report_quotes_its_source_and_can_be_read(name: str) -> None:
    release = load_release(name, quirks=frozenset())
    source = release.parse(example_message("RC-REF", release), "json")
    envelope = report(name, source.tree)
    error = message_of(envelope.tree)["error"]
    assert list(error) == ["errorCode", "errorCause", "sourceMessage", "referencedDistributionID"]
    assert error["sourceMessage"] == source.tree
    assert envelope.recipient_id == "fr.health.samuA"
    assert envelope.date_expires - envelope.date_sent == timedelta(days=1)
    again = release.parse(release.write(envelope, "json"), "json")
    assert again.type is release.types["RS-ERROR"]
    assert (again.sender_id, again.kind) == ("fr.health.hub", "Error")
    assert release.parse(release.write(envelope, "xml"), "xml").distribution_id == "fr.health.hub_1"


def test_xml_error_reports_of_3_have_the_unfilled_namespace_by_the_quirk() -> None:
    quirks = frozenset({"error-namespace"})
    release = load_release("3.0.0", quirks=quirks)
    xml = release.write(report("3.0.0", None, quirks), "xml")
    assert b'<message xmlns="urn:emergency:"><error xmlns="urn:emergency:eda:1.9:error">' in xml
    with pytest.raises(InvalidMessage):
        release.validate(xml, "xml")
    assert release.read(xml, "xml").type.name == "RS-ERROR"
    older = load_release("2.0.0", quirks=quirks)
    assert b'<message xmlns="urn:emergency:cisu:2.0">' in older.write(report("2.0.0", None), "xml")


def test_the_same_seed_and_instant_give_the_same_example() -> None:
    one, same, other = (
        example_message("EMSI", "2.0.0", seed=seed, now=NOW, extent="random") for seed in (1, 1, 2)
    )
    assert one == same != other


def test_examples_carry_fresh_dates_and_the_ids_asked_for() -> None:
    tree = parse_json(example_message("RS-EDA", "2.0.0", sender="fr.health.samu780", now=NOW))
    assert tree["senderID"] == "fr.health.samu780"
    assert tree["distributionID"].startswith("fr.health.samu780_")
    assert tree["dateTimeSent"] == "2026-05-15T09:00:00+01:00"


def test_an_unknown_type_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"RS-XYZ: .*no such type; it has .*RS-EDA"):
        example_content("RS-XYZ", load_release("2.0.0"), seed=0, extent="full", now=NOW)


def test_an_unknown_release_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'9.9' is not known here; there are .*2\.0\.0"):
        load_release("9.9")


@pytest.mark.parametrize(
    "pattern",
    [
        r"^fr(\.[\w-]+){3,4}$",
        r"^([0-9A-Z]{2}0\d{5}\d|\d{9}|\d{14}|\d{4}[A-Za-z])$",
        r"^[A-Z]\d{2}(\.[\d\+\-]{1,3})?$",
        r"^[\w\-\.]+@([\w\-]+\.)+[\w\-]{2,4}$",
        r"a?b*c+(?:d|e){2}",
    ],
)
def test_drawn_texts_match_their_pattern(pattern: str) -> None:
    for seed in range(50):
        assert re.search(f"^(?:{pattern})$", draw(pattern, Random(seed)), re.ASCII)


@pytest.mark.parametrize("pattern", ["(a", "[a", "[^a]", "a)"])
def test_patterns_beyond_the_part_known_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        draw(pattern, Random(0))


def test_dumping_refuses_what_is_no_message() -> None:
    with pytest.raises(UnwritableMessage):
        dump_json({"x": {1, 2}})
