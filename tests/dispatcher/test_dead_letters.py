"""Dead letters: who is told, and what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hubemu.dispatcher import ErrorCode, Ruling, VHostContext, decide
from hubemu.dispatcher.dead_letters import decide_dead_letter
from hubemu.messages import example_message
from tests.support.dispatching import NOW, A, B, a_message, context, delivery, now, persistent
from tests.support.messages import xml_envelope


def dead(body: Any = None, content_type: str = "application/json", **headers: Any) -> Any:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    properties = persistent(content_type, headers=headers)
    return delivery(body, "fr.health.samuC.message", properties)


@pytest.mark.parametrize("reason", ["expired", "rejected", "maxlen"])
def test_the_original_sender_is_told_why(reason: str) -> None:
    message = a_message()
    letter = dead(message, x_death_original_routing_key=A, x_first_death_reason=reason)
    ruling = decide_dead_letter(letter, context())
    assert ruling.sender == A
    assert ruling.rejection is not None
    assert ruling.rejection.code is ErrorCode.DEAD_LETTER_QUEUED
    assert ruling.rejection.cause == (
        f"Message {message['distributionID']} has been read from dead-letter-queue; "
        f"reason was {reason}"
    )
    assert ruling.rejection.referenced_id == message["distributionID"]
    assert ruling.source is not None
    assert ruling.source["distributionID"] == message["distributionID"]


def test_a_dead_letter_in_xml_is_read_as_such() -> None:
    message = a_message(A, B)
    body = xml_envelope(message, "<customContent><a>1</a></customContent>")
    letter = dead(body, "application/xml", x_death_original_routing_key=A)
    ruling = decide_dead_letter(letter, context())
    assert ruling.rejection is not None
    assert ruling.rejection.referenced_id == message["distributionID"]


def test_a_report_nobody_read_is_dropped_silently() -> None:
    ruling = decide_dead_letter(dead(x_death_original_routing_key=f"{A}.info"), context())
    assert ruling.rejection is None


@pytest.mark.parametrize("header", [{}, {"x_death_original_routing_key": 7}])
def test_without_a_sender_nobody_is_told(header: dict[str, Any]) -> None:
    ruling = decide_dead_letter(dead(**header), context())
    assert ruling.rejection is None
    assert ruling.remark


def loud() -> VHostContext:
    usual = context()
    return replace(usual, quirks=usual.quirks - {"silent-dead-letter"})


def test_an_unreadable_dead_letter_is_named_by_the_id_found_in_it() -> None:
    letter = dead(b'{"distributionID": "x_1"}', x_death_original_routing_key=A)
    ruling = decide_dead_letter(letter, loud())
    assert ruling.rejection is not None
    assert ruling.rejection.referenced_id == "x_1"
    assert ruling.source == {"distributionID": "x_1"}


def test_a_dead_letter_that_its_own_schema_refuses_is_told_to_nobody() -> None:
    """Model 2.0.0 forwards UTC as Z, which the pattern of the body's dates refuses."""
    at = datetime.fromtimestamp(NOW, UTC)
    message = example_message("TECHNICAL", "2.0.0", sender=A, recipient=B, now=at)
    forwarded = decide(delivery(message.replace(b"+01:00", b"+00:00")), context(), now)
    assert isinstance(forwarded, Ruling)
    letter = dead(forwarded.publications[0].body, "application/xml", x_death_original_routing_key=A)
    silent = decide_dead_letter(letter, context())
    assert silent.rejection is None
    assert "silent-dead-letter" in silent.remark
    assert decide_dead_letter(letter, loud()).rejection is not None
