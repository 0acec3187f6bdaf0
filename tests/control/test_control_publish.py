"""Publishing as a client: what is sent reaches the broker as said, everything else is refused."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider

from hubemu.control.properties import MessageProperties
from hubemu.dispatcher.tracing.tracing import Tracing
from hubemu.engines import PublishRefused
from hubemu.properties import Properties
from tests.control.conftest import Api
from tests.support.fake_hub import FakeHub, Published

MESSAGES = "/api/v1/messages"
GOOD: dict[str, Any] = {"as": "fr.health.samuA", "vhost": "15-15_v2.0", "body": "{}"}


def published(api: Api, **more: Any) -> Published:
    answer = api("POST", MESSAGES, json=GOOD | more)
    assert answer.status_code == 202, answer.text
    return api.hub.published[-1]


def test_the_answer_gives_the_id_and_where_its_fate_is(api: Api) -> None:
    answer = api("POST", MESSAGES, json=GOOD)
    assert answer.status_code == 202
    assert answer.json() == {"id": "m1"}
    assert answer.headers["location"] == "/api/v1/messages/m1"


def test_a_message_is_persistent_json_unless_told_otherwise(api: Api) -> None:
    properties = Properties(content_type="application/json", delivery_mode=2)
    assert published(api) == Published("fr.health.samuA", "15-15_v2.0", b"{}", properties)


def test_a_text_is_sent_as_it_is(api: Api) -> None:
    assert published(api, body=" é not json ").body == " é not json ".encode()


def test_an_object_is_sent_as_json(api: Api) -> None:
    assert orjson.loads(published(api, body={"a": ["é", None]}).body) == {"a": ["é", None]}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"contentType": "application/xml"}, "application/xml"),
        ({"contentType": None}, None),
        ({"contentType": "nonsense"}, "nonsense"),
        ({"properties": {"content_type": "application/xml"}}, "application/xml"),
    ],
)
def test_any_content_type_can_be_declared(
    api: Api, more: dict[str, Any], expected: str | None
) -> None:
    assert published(api, **more).properties.content_type == expected


def test_the_trace_of_a_request_goes_on_in_the_message(api: Api) -> None:
    api.hub.tracing = Tracing(TracerProvider())
    above, own = (f"00-{'1' * 32}-{digit * 16}-01" for digit in "23")
    request = {"traceparent": above, "tracestate": "vendor=x"}

    def headers(**more: Any) -> Any:
        assert api("POST", MESSAGES, json=GOOD | more, headers=request).status_code == 202
        return api.hub.published[-1].properties.headers

    assert headers() == request
    kept = {"traceparent": own, "mine": "1"}
    assert headers(properties={"headers": kept}) == kept
    api.hub.tracing = None
    assert headers() is None


def test_properties_are_passed_on(api: Api) -> None:
    given: dict[str, Any] = {
        "delivery_mode": 1,
        "priority": 5,
        "headers": {"n": 1, "deep": {"list": [1, "a", None, True, 1.5]}},
        "correlation_id": "c",
        "reply_to": "r",
        "expiration": "5000",
        "message_id": "i",
        "timestamp": 1_700_000_000,
        "type": "t",
        "app_id": "a",
        "content_encoding": "e",
    }
    properties = published(api, properties=given).properties
    assert properties == Properties(content_type="application/json", **given)


def test_the_properties_shown_by_the_journal_can_be_sent_again(api: Api) -> None:
    given = {"content_type": "application/xml", "delivery_mode": 2}
    again = {"contentType": "application/xml", "properties": given}
    assert published(api, **again).properties.content_type == "application/xml"


def test_a_message_without_delivery_mode_can_be_sent(api: Api) -> None:
    assert published(api, properties={"delivery_mode": None}).properties.delivery_mode is None


def test_an_id_another_certificate_may_act_for_can_publish(api: Api) -> None:
    assert published(api, **{"as": "fr.health.test.bisom"}).client == "fr.health.test.bisom"


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("wrong", "pointer", "words"),
    [
        ({"as": "fr.health.nobody"}, "#/as", "no client id is called 'fr.health.nobody'"),
        ({"as": "local.test"}, "#/as", "no client id"),
        ({"vhost": "15-15"}, "#/vhost", "15-15_v2.0"),
        ({"as": 1}, "#/as", "a text is needed"),
        ({"body": 1}, "#/body", "a text, published as it is, or a JSON object"),
        ({"body": None}, "#/body", "a text"),
        ({"body": nested(500)}, "#/body", "cannot be written as JSON"),
        ({"contentType": "x" * 256}, "#/contentType", "255 bytes at most"),
        ({"content_type": "x"}, "#/content_type", "did you mean 'contentType'?"),
        ({"properties": []}, "#/properties", "JSON object"),
        ({"properties": {"prio": 1}}, "#/properties/prio", "did you mean 'priority'?"),
        ({"properties": {"priority": 256}}, "#/properties/priority", "255 or less is needed"),
        ({"properties": {"priority": "1"}}, "#/properties/priority", "a whole number is needed"),
        ({"properties": {"expiration": 5}}, "#/properties/expiration", "a text is needed"),
        ({"properties": {"expiration": "5 s"}}, "#/properties/expiration", "milliseconds"),
        ({"properties": {"expiration": "9" * 99}}, "#/properties/expiration", "milliseconds"),
        ({"properties": {"timestamp": -1}}, "#/properties/timestamp", "0 or more"),
        ({"properties": {"headers": {"a" * 256: 1}}}, "#/properties/headers", "255 bytes"),
        ({"properties": {"headers": {"a": 2**63}}}, "#/properties/headers", "64 bits"),
        ({"properties": {"headers": nested(17)}}, "#/properties/headers", "nested deeper"),
        ({"properties": {"user_id": "x"}}, "#/properties/user_id", "unknown key"),
    ],
)
def test_a_wrong_message_is_not_published(
    api: Api, hub: FakeHub, wrong: dict[str, Any], pointer: str, words: str
) -> None:
    problem = api.refused(422, "POST", MESSAGES, json=GOOD | wrong)
    assert problem["detail"].startswith(f"{pointer}: ")
    assert words in problem["detail"]
    assert hub.published == []


def test_two_content_types_that_differ_are_refused(api: Api) -> None:
    both = {"contentType": "application/json", "properties": {"content_type": "application/xml"}}
    problem = api.refused(409, "POST", MESSAGES, json=GOOD | both)
    assert "keep one of them" in problem["detail"]


def test_every_missing_key_is_listed(api: Api) -> None:
    problem = api.refused(422, "POST", MESSAGES, json={})
    assert [error["pointer"] for error in problem["errors"]] == ["#/as", "#/vhost", "#/body"]
    assert "(and 2 more)" in problem["detail"]


def test_what_the_broker_refuses_is_400_with_its_words(
    api: Api, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*message: object) -> str:
        raise PublishRefused("PRECONDITION_FAILED - no")

    monkeypatch.setattr(hub, "publish_as", refused)
    problem = api.refused(400, "POST", MESSAGES, json=GOOD)
    assert problem["detail"] == "the broker refuses it: PRECONDITION_FAILED - no"


@pytest.mark.parametrize("mode", [0, 3, 255])
def test_a_delivery_mode_that_rabbitmq_refuses_is_refused(api: Api, mode: int) -> None:
    body = GOOD | {"properties": {"delivery_mode": mode}}
    assert "delivery_mode" in api.refused(422, "POST", MESSAGES, json=body)["detail"]


def test_properties_that_no_frame_holds_are_refused(api: Api, hub: FakeHub) -> None:
    def sent(letters: int) -> int:
        body = GOOD | {"properties": {"headers": {"x": "y" * letters}}}
        return api("POST", MESSAGES, json=body).status_code

    assert (sent(131_000), sent(131_072)) == (202, 400)
    assert len(hub.published) == 1


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("\f\U00025cc5\n\r0", True),
        ("x" * 255, True),
        ("\n" * 255, True),
        ("x" * 256, False),
        ("\u00e9" * 127, True),
        ("\u00e9" * 128, False),
        ("\u20ac" * 85, True),
        ("\u20ac" * 86, False),
        ("\n" + "\U00025cc5" * 62, True),
        ("\U00025cc5" * 64, False),
    ],
    ids=lambda value: ascii(value)[:12],
)
def test_a_short_string_is_taken_as_described(api: Api, text: str, taken: bool) -> None:
    described = MessageProperties.model_json_schema(by_alias=True)
    assert jsonschema_rs.is_valid(described["properties"]["app_id"], text) is taken
    answer = api("POST", MESSAGES, json=GOOD | {"properties": {"app_id": text}})
    assert (answer.status_code == 202) is taken
