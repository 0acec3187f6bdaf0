"""The decision of what has to be converted: what is asked for, and what becomes of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.dispatcher import ConversionFailed, ConversionNeeded, ErrorCode, decide, resume
from hubemu.dispatcher.checks import ConversionRequest, Subject, conformity
from tests.support.dispatching import (
    NOW,
    SDIS,
    A,
    B,
    C,
    a_case,
    a_message,
    context,
    delivery,
    now,
)
from tests.support.messages import as_bytes
from tests.support.ruling import NAMES, expired


def test_a_case_for_the_fire_brigade_is_converted_and_delivered_in_xml() -> None:
    where = context("15-nexsis_v1.9.1")
    needed = decide(delivery(a_case()), where, now)
    assert isinstance(needed, ConversionNeeded)
    assert where.release.parse(needed.request.edxl, "json").type.name == "RS-EDA"
    made = resume(needed, [a_case("RC-EDA")], where, now)
    (publication,) = made.publications
    assert publication.routing_key == f"{SDIS}.message"
    assert where.release.parse(publication.body, "xml").type.name == "RC-EDA"


def waiting(message: dict[str, Any] | None = None) -> ConversionNeeded:
    """A message whose conversion was asked for."""
    subject = Subject(delivery(message))
    conformity(subject, context(), NOW)
    return ConversionNeeded(ConversionRequest(b"{}"), subject)


def test_a_converted_message_passes_the_remaining_checks_and_goes_on() -> None:
    converted = a_message(A, B)
    made = resume(waiting(), [as_bytes(converted)], context(), now)
    assert made.outcome == "routed"
    assert [one.routing_key for one in made.publications] == [f"{B}.message"]
    steps = [step for step, _, _ in made.trace]
    assert steps == NAMES[NAMES.index("cisu conversion") :]


def test_a_conversion_may_give_several_messages_or_none() -> None:
    two = [as_bytes(a_message(A, B)), as_bytes(a_message(A, C))]
    made = resume(waiting(), two, context(), now)
    assert [one.routing_key for one in made.publications] == [f"{B}.message", f"{C}.message"]
    assert resume(waiting(), [], context(), now).outcome == "dropped"


@pytest.mark.parametrize(
    ("converted", "expected"),
    [
        (a_message(B, C), 200),
        (a_message(distributionID="other_1"), 300),
        (expired(a_message()), 400),
        ({}, 300),
    ],
)
def test_a_converted_message_may_be_refused(converted: dict[str, Any], expected: int) -> None:
    good = as_bytes(a_message())
    made = resume(waiting(), [good, as_bytes(converted)], context(), now)
    assert made.rejection is not None
    assert made.rejection.code == expected
    assert not made.publications


def test_a_failed_conversion_is_300_with_the_services_text() -> None:
    message = a_message()
    made = resume(waiting(message), ConversionFailed("Input JSON must ..."), context(), now)
    assert made.rejection is not None
    assert made.rejection.code is ErrorCode.INVALID_MESSAGE
    assert made.rejection.cause == (
        "Error during internal call to Hub Santé conversion service: Input JSON must ..."
    )
    assert made.rejection.referenced_id == message["distributionID"]


def test_conversion_comes_before_the_senders_consistency() -> None:
    made = resume(waiting(a_message(B, C)), ConversionFailed("down"), context(), now)
    assert made.rejection is not None
    assert made.rejection.code is ErrorCode.INVALID_MESSAGE
