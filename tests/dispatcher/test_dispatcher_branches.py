"""Ways through the dispatcher's decisions that its other unit tests do not take, one each."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from hubemu.clock import Clock
from hubemu.conversion import ConversionService
from hubemu.dispatcher import ConversionFailed, judge
from hubemu.dispatcher.conversion_service import converter_of
from hubemu.dispatcher.decision import MAX_DETAIL
from hubemu.dispatcher.unread_message import source_tree
from hubemu.settings import BUILT_IN
from tests.support.dispatching import A, B, a_case, a_message, context, delivery, now, persistent
from tests.support.messages import HELLO, as_bytes, unaddressed, xml_envelope
from tests.support.ruling import ruling

NEXSIS = "15-nexsis_v1.9.1"


def converted(edxl: bytes) -> tuple[bytes, ...]:
    """What the built-in converter makes of a message."""

    async def convert() -> tuple[bytes, ...]:
        service = ConversionService(seed="1", now=now)
        converter = converter_of(BUILT_IN, service, {NEXSIS: context(NEXSIS)})
        assert converter is not None
        try:
            return await converter.convert(edxl, NEXSIS)
        finally:
            await converter.close()

    return asyncio.run(convert())


def test_the_built_in_converter_answers_as_a_service_does() -> None:
    (made,) = converted(a_case("RS-EDA"))
    message = orjson.loads(made)["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    assert "createCase" in message


def test_what_the_built_in_converter_refuses_failed() -> None:
    with pytest.raises(ConversionFailed):
        converted(b"{}")


def test_xml_that_addresses_nobody_is_dropped_without_a_report() -> None:
    body = unaddressed(xml_envelope(a_message(), HELLO))
    made = ruling(delivery(body, A, persistent("application/xml")))
    assert (made.outcome, made.publications, made.rejection) == ("dropped", (), None)
    assert made.trace[-1][0] == "dropped"


def test_the_cause_of_a_refusal_is_cut_in_the_trace_and_not_in_the_report() -> None:
    wrong = [{"a" * 300: 1} for _ in range(40)]
    made = ruling(delivery(a_message(A, B, {"customContent": {}}, content=wrong)))
    assert made.rejection is not None
    step, _, detail = made.trace[-1]
    assert (step, len(detail), detail[-3:]) == ("rejected", MAX_DETAIL + 3, "...")
    assert len(made.rejection.cause) > MAX_DETAIL


@pytest.mark.parametrize("rest", [b"", b"<b/>", b"text", b"<b", b"\xff"])
def test_of_xml_with_more_behind_it_the_first_element_is_seen(rest: bytes) -> None:
    assert source_tree(b"<a><c>1</c></a>" + rest, "xml") == {"c": "1"}
    assert source_tree(b"<a x='1'/>" + rest, "xml") == source_tree(b"<a x='1'/>", "xml")


def test_xml_1_1_is_read_as_its_own_lines_end() -> None:
    body = "<?xml version='1.1'?><a><c>1\u2028</c><d>&#1;</d></a>".encode()
    assert source_tree(body, "xml") == {"c": "1\n", "d": "\x01"}


def test_a_routing_key_that_nobody_may_use_is_refused_in_the_brokers_words() -> None:
    made = judge(as_bytes(a_message()), "json", context(), clock=Clock(now), as_id="fr.health.x")
    assert not made.accepted
    assert made.error is not None
    assert made.error[:2] == (403, "ACCESS_REFUSED")
    assert made.error[2].startswith("ACCESS_REFUSED - access to topic 'fr.health.x' in exchange")
