"""Each check alone: what it lets through, what it refuses, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hubemu.dispatcher import ErrorCode, Rejection
from hubemu.dispatcher.checks import (
    CHECKS,
    ConversionRequest,
    Subject,
    allowed_type,
    cisu_conversion,
    conformity,
    content_type,
    distribution_id_format,
    expiry,
    health_actor,
    persistence,
    sender_consistency,
)
from hubemu.messages import Envelope, MessageType
from hubemu.settings import Environment
from tests.support.dispatching import (
    NOW,
    SDIS,
    A,
    B,
    C,
    a_message,
    context,
    delivery,
    message_in,
    persistent,
)

UNKNOWN = "distributionID_could_not_be_extracted"
CREATE_CASE = MessageType(name="RC-EDA", key="createCase", namespace="urn:x", header=True)


def read(key: str = A, *, properties: Any = None, **changed: Any) -> Subject:
    """A subject whose message has been read, with some of it changed."""
    subject = Subject(delivery(key=key, properties=properties))
    conformity(subject, context(), NOW)
    subject.envelope = msgspec.structs.replace(subject.message, **changed)
    return subject


def refusal(check: Any, subject: Subject, **kwargs: Any) -> Rejection:
    with pytest.raises(Rejection) as caught:
        check(subject, context(**kwargs), NOW)
    return caught.value


def test_the_order_is_the_hubs() -> None:
    assert [check.__name__ for check in CHECKS] == [
        "content_type",
        "conformity",
        "allowed_type",
        "health_actor",
        "cisu_conversion",
        "sender_consistency",
        "persistence",
        "distribution_id_format",
        "expiry",
    ]


@pytest.mark.parametrize(
    ("declared", "key", "read_as"),
    [
        ("application/json", A, "json"),
        ("application/xml", A, "xml"),
        ("application/json", SDIS, "json"),
        ("application/xml", SDIS, "xml"),
        ("text/plain", SDIS, "xml"),
        (None, "partage-affaire", "xml"),
    ],
)
def test_content_type_decides_the_format(declared: str | None, key: str, read_as: str) -> None:
    subject = Subject(delivery(key=key, properties=persistent(declared)))
    content_type(subject, context(), NOW)
    assert subject.format == read_as


@pytest.mark.parametrize("declared", [None, "", "text/plain", "Application/JSON", "text/xml"])
def test_another_content_type_is_101(declared: str | None) -> None:
    error = refusal(content_type, Subject(delivery(b"", properties=persistent(declared))))
    assert (error.code, error.status) == (101, "NOT_ALLOWED_CONTENT_TYPE")
    assert error.cause == (
        "Unhandled Content-Type ! Message Content-Type should be set at "
        "'application/json' or 'application/xml'"
    )
    assert error.referenced_id == "distributionID_could_not_be_extracted"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"distributionID" : "fr.health.samuA_1-b"}', "fr.health.samuA_1-b"),
        (b"<distributionID>fr.health.samuA_1</distributionID>", "fr.health.samuA_1"),
        (b'{"distributionID": "with space"}', "distributionID_could_not_be_extracted"),
    ],
)
def test_the_id_of_a_message_of_no_known_format_is_looked_for(body: bytes, found: str) -> None:
    subject = Subject(delivery(body, properties=persistent("text/plain")))
    assert refusal(content_type, subject).referenced_id == found


@pytest.mark.parametrize(
    ("body", "declared", "found"),
    [
        (b'{"distributionID": "x_1"}', "application/xml", "x_1"),
        (b"<a><distributionID>x_2</distributionID></a>", "application/json", "x_2"),
        (b'<distributionID>x_2</distributionID> "distributionID":"x_1"', "application/xml", "x_1"),
        ('{"distributionID": "\u00e9_1"}'.encode(), "application/xml", UNKNOWN),
    ],
)
def test_the_id_is_looked_for_in_both_ways_of_writing(
    body: bytes, declared: str, found: str
) -> None:
    subject = Subject(delivery(body, properties=persistent(declared)))
    content_type(subject, context(), NOW)
    assert refusal(conformity, subject).referenced_id == found


def test_a_message_against_the_schema_is_300_with_its_own_id() -> None:
    message = a_message(unknown=1)
    error = refusal(conformity, Subject(delivery(message)))
    assert error.code is ErrorCode.INVALID_MESSAGE
    assert "$.unknown: is not defined in the schema" in error.cause


def test_an_envelope_against_the_schema_is_300_with_an_extracted_id() -> None:
    message = a_message()
    del message["senderID"]
    error = refusal(conformity, Subject(delivery(message)))
    assert error.code is ErrorCode.INVALID_MESSAGE
    assert error.cause.startswith(
        "CAUTION: distributionID has been extracted by regex because the envelope could not be "
        "deserialized.\n"
    )
    assert error.referenced_id == message["distributionID"]


def test_json_that_cannot_be_parsed_is_301() -> None:
    error = refusal(conformity, Subject(delivery(b'{"distributionID": "x_1", ')))
    assert error.code is ErrorCode.SCHEMA_NOT_FOUND
    assert error.cause == (
        "An internal server error has occurred, please contact the administration team"
    )
    assert error.referenced_id == "x_1"
    assert error.remark


def test_without_its_quirk_json_that_cannot_be_parsed_is_300() -> None:
    with pytest.raises(Rejection) as caught:
        conformity(Subject(delivery(b"{")), replace(context(), quirks=frozenset()), NOW)
    assert caught.value.code is ErrorCode.INVALID_MESSAGE
    assert "cannot be parsed as JSON: " in caught.value.cause


def test_xml_that_is_not_well_formed_is_300() -> None:
    error = refusal(conformity, Subject(delivery(b"{}"), format="xml"))
    assert error.code is ErrorCode.INVALID_MESSAGE
    assert "Something went wrong with the XSD Validator." in error.cause
    assert error.referenced_id == "distributionID_could_not_be_extracted"


def test_what_the_reader_refuses_is_102() -> None:
    message = a_message()
    message_in(message)["unknown"] = 1
    error = refusal(conformity, Subject(delivery(message)))
    assert error.code is ErrorCode.UNRECOGNIZED_MESSAGE_FORMAT
    assert error.cause.startswith("An internal server error has occurred")
    assert error.referenced_id == message["distributionID"]


def test_a_type_of_another_perimeter_is_300_and_names_what_is_allowed() -> None:
    error = refusal(allowed_type, read(type=CREATE_CASE))
    assert error.code is ErrorCode.INVALID_MESSAGE
    assert error.cause.startswith(
        "Message type RC-EDA is not allowed on vHost 15-15_v2.0; allowed there: RS-EDA, RS-EDA-MAJ"
    )


@pytest.mark.parametrize("environment", [Environment.PRE_PROD, Environment.PROD])
def test_a_test_content_outside_the_bac_a_sable_is_300(environment: Environment) -> None:
    error = refusal(allowed_type, read(), environment=environment)
    assert error.code is ErrorCode.INVALID_MESSAGE
    assert error.cause.startswith(
        "Message type customContent is a test content, allowed in environment bac-a-sable only; "
        f"allowed on vHost 15-15_v2.0 in environment {environment}: RS-EDA, "
    )
    assert "TECHNICAL" not in error.cause


def test_an_allowed_type_passes() -> None:
    allowed_type(read(), context(), NOW)


@pytest.mark.parametrize(("sender", "recipient"), [(A, C), (A, SDIS), (SDIS, A)])
def test_one_health_actor_is_enough(sender: str, recipient: str) -> None:
    subject = read(sender_id=sender, recipient_id=recipient)
    health_actor(subject, context(), NOW)


def test_without_health_actor_it_is_501() -> None:
    error = refusal(health_actor, read(sender_id=SDIS, recipient_id="fr.fire.x"))
    assert error.code is ErrorCode.UNROUTABLE_MESSAGE
    assert error.cause == (
        f"Unable to route message with id {error.referenced_id}, no health actor involved."
    )


@pytest.mark.parametrize(
    ("sender", "recipient", "key", "needed"),
    [
        (A, SDIS, "createCase", True),
        (A, SDIS, "createCaseHealth", True),
        (SDIS, A, "createCase", True),
        (B, SDIS, "createCase", False),
        (SDIS, B, "createCase", False),
        (A, SDIS, "emsi", False),
        (A, SDIS, "reference", False),
        (A, C, "createCaseHealth", False),
    ],
)
def test_which_messages_need_the_cisu_conversion(
    sender: str, recipient: str, key: str, needed: bool
) -> None:
    subject = read()
    kind = replace(subject.message.type, key=key)
    subject.envelope = msgspec.structs.replace(
        subject.message, sender_id=sender, recipient_id=recipient, type=kind
    )
    asked = cisu_conversion(subject, context("15-nexsis_v1.9.1"), NOW)
    assert isinstance(asked, ConversionRequest) is needed


@pytest.mark.parametrize("vhost", ["15-nexsis_v1.8", "15-nexsis_v1.9", "15-15_v2.1"])
def test_where_only_one_form_of_a_case_is_exchanged_nothing_is_converted(vhost: str) -> None:
    subject = read(type=CREATE_CASE, recipient_id=SDIS)
    assert cisu_conversion(subject, context(vhost), NOW) is None


def test_the_sender_must_be_the_routing_key() -> None:
    error = refusal(sender_consistency, read(sender_id=B))
    assert error.code is ErrorCode.SENDER_INCONSISTENCY
    assert error.cause == (
        f"Sender inconsistency for message {error.referenced_id} : "
        f"message sender is {B} but received routing key is {A}"
    )
    assert sender_consistency(read(), context(), NOW) is None


def test_a_message_must_be_persistent() -> None:
    error = refusal(persistence, read(properties=persistent(delivery_mode=1)))
    assert error.code is ErrorCode.DELIVERY_MODE_INCONSISTENCY
    assert refusal(persistence, read(properties=persistent(delivery_mode=None)))
    assert persistence(read(), context(), NOW) is None


@pytest.mark.parametrize("check", [sender_consistency, persistence])
def test_hubex_partners_are_let_through_and_it_is_told(check: Any) -> None:
    subject = read("partage-affaire", properties=persistent(delivery_mode=1))
    assert str(check(subject, context(), NOW)).startswith("hubex partner, let through: ")


@pytest.mark.parametrize("identifier", [f"{B}_1", A[:-1] + "_1", A + "x", "_", f"x{A}_1"])
def test_the_id_of_a_health_senders_message_begins_with_the_sender(identifier: str) -> None:
    error = refusal(distribution_id_format, read(distribution_id=identifier))
    assert error.code is ErrorCode.INVALID_MESSAGE
    assert error.cause == (
        f"Message {identifier} has been sent with an invalid distributionID format.\n"
        "The senderID in the distributionID should be the same as the senderID in the message.\n"
        f"SenderID in the message: {A}, "
        f"senderID in the distributionID: {identifier.split('_')[0]}\n"
    )
    assert error.referenced_id == identifier


def test_a_good_id_passes_and_partners_may_use_any() -> None:
    distribution_id_format(read(distribution_id=f"{A}_1_2"), context(), NOW)
    partner = read(SDIS, distribution_id="anything", sender_id=SDIS)
    distribution_id_format(partner, context(), NOW)


TTL = 86_400


@pytest.mark.parametrize(
    ("seconds", "expiration"),
    [
        (TTL + 1, None),
        (TTL, None),
        (TTL - 0.5, "86399000"),
        (60, "60000"),
        (1.999, "1000"),
        (1, "1000"),
    ],
)
def test_a_message_gets_the_whole_seconds_it_has_left(
    seconds: float, expiration: str | None
) -> None:
    subject = read(date_expires=datetime.fromtimestamp(NOW + seconds, UTC))
    told = expiry(subject, context(), NOW)
    assert subject.expiration == expiration
    assert (told is None) is (expiration is None)


@pytest.mark.parametrize(
    ("now", "seconds", "expiration"),
    [(0.7, 1, "1000"), (0.999, 2, "2000"), (0.5, 60, "60000"), (0.9, 1.1, "1000")],
)
def test_both_times_are_cut_to_whole_seconds(now: float, seconds: float, expiration: str) -> None:
    subject = read(date_expires=datetime.fromtimestamp(NOW + seconds, UTC))
    expiry(subject, context(), NOW + now)
    assert subject.expiration == expiration


@pytest.mark.parametrize("seconds", [0.999, 0, -0.5, -1, -TTL])
def test_in_its_last_second_it_is_400(seconds: float) -> None:
    error = refusal(expiry, read(date_expires=datetime.fromtimestamp(NOW + seconds, UTC)))
    assert error.code is ErrorCode.EXPIRED_MESSAGE_BEFORE_ROUTING
    assert error.cause == (
        f"Message {error.referenced_id} has expired before reaching the recipient queue"
    )


def test_checks_after_reading_say_so_when_nothing_was_read() -> None:
    with pytest.raises(LookupError, match="comes after conformity"):
        expiry(Subject(delivery()), context(), NOW)


def test_the_recipient_is_c_unless_said() -> None:
    message: Envelope = read().message
    assert (message.sender_id, message.recipient_id) == (A, C)
