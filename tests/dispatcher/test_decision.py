"""The decision: precedence, forwarding, conversion, and that it always comes to a ruling."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubemu.broker.wire.properties import decode_properties
from hubemu.dispatcher import ErrorCode, Ruling, VHostContext, decide, undeliverable
from hubemu.dispatcher.decision import quoted
from hubemu.dispatcher.reports import report
from hubemu.edxl import ENVELOPE_KEYS
from hubemu.properties import Properties
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
    now,
    persistent,
)
from tests.support.messages import HELLO, reference, technical, xml_envelope
from tests.support.ruling import NAMES, code, expired, ruling


def test_a_good_message_is_forwarded() -> None:
    made = ruling(delivery())
    (publication,) = made.publications
    assert made.outcome == "routed"
    assert publication.routing_key == "fr.health.samuC.message"
    assert orjson.loads(publication.body) == orjson.loads(made.subject.delivery.body)
    assert publication.mandatory


def test_every_check_is_in_the_trace_with_its_time() -> None:
    assert ruling(delivery()).trace == [(name, NOW, "") for name in NAMES]


def test_the_trace_of_a_rejection_ends_with_the_check_that_refused() -> None:
    made = ruling(delivery(properties=persistent(delivery_mode=1)))
    assert [step for step, _, _ in made.trace] == [*NAMES[: NAMES.index("persistence")], "rejected"]
    assert made.trace[-1][2].startswith("100 DELIVERY_MODE_INCONSISTENCY: ")


# One pair of neighbours in CHECKS each: the message breaks both, the earlier one answers.
PRECEDENCE: list[tuple[str, Any, int]] = [
    ("content_type before conformity", (b"garbage", persistent("text/plain")), 101),
    (
        "conformity before allowed_type",
        (a_message(A, C, {"customContent": {"a": 1}}, unknown=1), None),
        300,
    ),
    (
        "allowed_type before health_actor",
        (a_message(SDIS, "fr.fire.x", {"customContent": {"a": 1}}), None),
        300,
    ),
    ("health_actor before sender_consistency", (a_message(SDIS, "fr.fire.x"), None), 501),
    ("sender_consistency before persistence", (a_message(B, C), persistent(delivery_mode=1)), 200),
    (
        "persistence before distribution_id_format",
        (a_message(distributionID="other_1"), persistent(delivery_mode=1)),
        100,
    ),
    (
        "distribution_id_format before expiry",
        (expired(a_message(distributionID="other_1")), None),
        300,
    ),
    ("expiry before forwarding", (expired(a_message(A, "fr.health.nobody")), None), 400),
]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [(broken, expected) for _, broken, expected in PRECEDENCE],
    ids=[name for name, _, _ in PRECEDENCE],
)
def test_the_earlier_of_two_checks_answers(broken: Any, expected: int) -> None:
    body, properties = broken
    environment = Environment.PROD if "fr.fire.x" in str(body) and expected == 300 else None
    given = delivery(body, properties=properties)
    assert code(given, **({"environment": environment} if environment else {})) == expected


XML = persistent("application/xml")
REFUSED: dict[str, tuple[Any, Properties | None]] = {
    **{name: given for name, given, _ in PRECEDENCE},
    "no JSON": (b"{", None),
    "a content that no schema takes": (a_message(A, C, {"createCaseHealth": {"caseId": 1}}), None),
    "an element that is not declared": (xml_envelope(a_message(), "<createCase/>"), XML),
    "no XML": (b"<a", XML),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_refusal_leaves_nothing_to_the_collector(refused: tuple[Any, Properties | None]) -> None:
    """Who refuses many messages would be held up by it again and again."""
    body, properties = refused
    given, of = delivery(body, properties=properties), context()
    decide(given, of, now)  # what is made once for a release
    gc.collect()
    gc.disable()
    try:
        made = decide(given, of, now)
        assert isinstance(made, Ruling)
        rejection = made.rejection
        assert rejection is not None
        # Frames that it was raised in would hold it, and those who called them.
        assert (rejection.__traceback__, rejection.__context__) == (None, None)
        del made, rejection
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("content_type", "queue"),
    [("Report", "message"), ("Update", "message"), ("Cancel", "message"), ("Ack", "ack")],
)
def test_the_kind_decides_the_queue(content_type: str, queue: str) -> None:
    made = ruling(delivery(a_message(kind=content_type)))
    assert made.publications[0].routing_key == f"{C}.{queue}"


def test_an_error_of_a_client_goes_to_info() -> None:
    error = {
        "error": {
            "errorCode": {"statusCode": 300, "statusString": "INVALID_MESSAGE"},
            "errorCause": "not for us",
            "referencedDistributionID": f"{C}_1",
        }
    }
    made = ruling(delivery(a_message(A, C, error, kind="Error")))
    assert made.publications[0].routing_key == f"{C}.info"


@pytest.mark.parametrize(
    ("recipient", "content_type"),
    [
        (C, "application/json"),
        (B, "application/xml"),
        ("fr.health.nobody", "application/json"),
        (SDIS, "application/xml"),
        ("fr.cisu.sdisY", "application/json"),
    ],
)
def test_the_recipient_decides_the_format(recipient: str, content_type: str) -> None:
    (publication,) = ruling(delivery(a_message(A, recipient))).publications
    assert decode_properties(publication.header).content_type == content_type
    assert publication.body.startswith(b"{" if "json" in content_type else b"<?xml")


def test_xml_is_read_and_written_as_json() -> None:
    message = a_message(B, C)
    given = delivery(xml_envelope(message, HELLO), B, persistent("application/xml"))
    (publication,) = ruling(given).publications
    assert orjson.loads(publication.body) == message


def test_all_other_properties_are_kept() -> None:
    kept = Properties(
        content_type="application/json",
        content_encoding="utf-8",
        headers={"mine": 1},
        delivery_mode=2,
        priority=3,
        correlation_id="c",
        reply_to="r",
        expiration="5000",
        message_id="i",
        timestamp=4,
        type="t",
        user_id="u",
        app_id="a",
        cluster_id="k",
    )
    made = ruling(
        delivery(
            a_message(dateTimeExpires="2072-01-01T00:00:00+00:00"),
            properties=kept,
        )
    )
    assert decode_properties(made.publications[0].header) == msgspec.structs.replace(
        kept, headers={"mine": 1, "x-death-original-routing-key": A}
    )


def test_what_a_partner_forgot_is_set_when_forwarding() -> None:
    message = a_message(SDIS, A)
    given = delivery(xml_envelope(message, HELLO), "partage-affaire", Properties())
    made = ruling(given)
    assert decode_properties(made.publications[0].header).delivery_mode == 2
    told = [detail for _, _, detail in made.trace if detail.startswith("hubex partner")]
    assert len(told) == 2


def test_little_time_left_becomes_the_messages_own_ttl() -> None:
    (publication,) = ruling(delivery(a_message(expires_in=90))).publications
    assert decode_properties(publication.header).expiration == "90000"


def test_acknowledgements_and_technical_messages_pass() -> None:
    ack = reference(A, C, f"{C}_1")
    ack["dateTimeExpires"] = a_message()["dateTimeExpires"]
    assert ruling(delivery(ack)).publications[0].routing_key == f"{C}.ack"
    message = technical(A, C, requiredStringField="x")
    assert code(delivery(message)) == 300


def given_back(recipient: str, where: VHostContext, key: str = A, sender: str = A) -> Ruling:
    message = a_message(sender, recipient)
    made = decide(delivery(message, key), where, now)
    assert isinstance(made, Ruling)
    return undeliverable(made, made.publications[0], where, now)


def without(*quirks: str) -> VHostContext:
    usual = context()
    return replace(usual, quirks=usual.quirks - set(quirks))


def test_json_given_back_from_an_unknown_health_actor_is_read_as_xml() -> None:
    refused = given_back("fr.health.nobody", context())
    assert refused.rejection is not None
    assert refused.rejection.referenced_id == "distributionID_could_not_be_extracted"
    assert quoted(refused, context().release)[0] is None


@pytest.mark.parametrize(
    ("recipient", "where", "written"),
    [
        ("fr.health.nobody", without("returned-as-xml"), "json"),
        ("fr.fire.nobody", context(), "xml"),
    ],
)
def test_what_is_given_back_is_quoted_as_it_was_forwarded(
    recipient: str, where: VHostContext, written: str
) -> None:
    refused = given_back(recipient, where)
    assert refused.rejection is not None
    source, _ = quoted(refused, where.release)
    assert source is not None
    assert ("type" in source) is (written == "xml")
    assert refused.rejection.referenced_id == source["distributionID"]


def test_what_is_given_back_to_partage_affaire_is_told_to_itself() -> None:
    body = xml_envelope(a_message("fr.fire.x", "fr.health.nobody"), HELLO)
    made = ruling(delivery(body, "partage-affaire", persistent("application/xml")))
    refused = undeliverable(made, made.publications[0], context(), now)
    assert refused.rejection is not None
    told = report(refused.rejection, "partage-affaire", None, context(), now=NOW, unique="u")
    assert told.routing_key == "partage-affaire.info"


COPIES = {"CC": [f"{B}.message", "x"], "mine": 1}


def test_further_queues_of_a_sender_pass_and_are_told() -> None:
    made = ruling(delivery(properties=persistent(headers=COPIES)))
    headers = decode_properties(made.publications[0].header).headers
    assert headers == {**COPIES, "x-death-original-routing-key": A}
    assert made.trace[-1][0::2] == ("cc passed on", f"{B}.message, x")


def test_without_the_quirk_further_queues_are_dropped() -> None:
    made = decide(delivery(properties=persistent(headers=COPIES)), without("cc-passed-on"), now)
    assert isinstance(made, Ruling)
    headers = decode_properties(made.publications[0].header).headers
    assert headers == {"mine": 1, "x-death-original-routing-key": A}
    assert made.trace[-1][0] == "expiry"


@pytest.mark.parametrize("value", ["a text", 7, [1, 2], {"a": "b"}])
def test_odd_headers_of_that_name_are_no_queues(value: Any) -> None:
    made = ruling(delivery(properties=persistent(headers={"CC": value})))
    assert made.trace[-1][0] == "expiry"


def test_a_publication_given_back_is_501_in_the_hubs_words() -> None:
    refused = given_back("fr.health.nobody", context())
    assert refused.outcome == "rejected"
    assert refused.rejection is not None
    assert refused.rejection.code is ErrorCode.UNROUTABLE_MESSAGE
    assert refused.rejection.cause == (
        "unable do deliver message to fr.health.nobody.message, cause was NO_ROUTE (312)"
    )


def test_what_the_format_cannot_hold_is_301_and_the_trace_says_why() -> None:
    message = a_message(A, B)
    message_in(message)["customContent"] = {"bell": "\x07"}
    made = ruling(delivery(message))
    assert made.rejection is not None
    assert made.rejection.code is ErrorCode.SCHEMA_NOT_FOUND
    assert "cannot be written" in made.trace[-1][2]


_TEXT = st.one_of(st.none(), st.text(max_size=30))
_INT64 = st.integers(-(2**63), 2**63 - 1)
_PROPERTIES = st.builds(
    Properties,
    content_type=st.one_of(st.sampled_from(["application/json", "application/xml"]), _TEXT),
    delivery_mode=st.one_of(st.none(), st.integers(0, 255)),
    expiration=_TEXT,
    headers=st.one_of(st.none(), st.dictionaries(st.text(max_size=5), _INT64, max_size=3)),
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@settings(deadline=None)  # what words a refusal is loaded with the first one
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.builds(lambda inner: b"<a>" + inner + b"</a>", st.binary(max_size=50)),
        _JSON.map(orjson.dumps),
    ),
    key=st.one_of(st.sampled_from([A, SDIS, "partage-affaire"]), st.text(max_size=20)),
    properties=_PROPERTIES,
)
def test_any_body_and_properties_come_to_a_ruling(
    body: bytes, key: str, properties: Properties
) -> None:
    made = ruling(delivery(body, key, properties))
    assert made.outcome == "rejected"


@given(
    path=st.sampled_from(ENVELOPE_KEYS),
    value=_JSON,
    properties=_PROPERTIES,
)
def test_any_field_of_the_envelope_comes_to_a_ruling(
    path: str, value: Any, properties: Properties
) -> None:
    made = ruling(delivery(a_message(**{path: value}), properties=properties))
    assert made.outcome in ("routed", "rejected")
