"""What the Hub refuses and the report its sender reads (facts: hub 4, 5, 6)."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from tests.support.live import LiveHub
from tests.support.messages import (
    as_bytes,
    as_forwarded,
    envelope,
    technical,
    unaddressed,
    xml_envelope,
)

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
SDIS = "fr.fire.nexsis.sdisZ"
INTERNAL = "An internal server error has occurred, please contact the administration team"


def reported(hub: LiveHub, body: bytes, vhost: str = "15-15_v2.0", **publish: Any) -> Any:
    """Publish as samuA and give the error of the report on samuA's info queue."""
    with hub.connect(A, vhost) as sender:
        sender.publish(body, **publish)
        report = sender.take("info").json
    assert report["senderID"] == "fr.health.hub"
    assert report["distributionKind"] == "Error"
    return report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["error"]


def code(error: Any) -> tuple[int, str]:
    return error["errorCode"]["statusCode"], error["errorCode"]["statusString"]


@pytest.mark.parametrize("content_type", ["text/plain", "Application/JSON", "application/json; x"])
def test_101_content_type(hub: LiveHub, content_type: str) -> None:
    error = reported(hub, as_bytes(envelope(A, C)), content_type=content_type)
    assert code(error) == (101, "NOT_ALLOWED_CONTENT_TYPE")
    assert error["errorCause"] == (
        "Unhandled Content-Type ! Message Content-Type should be set at "
        "'application/json' or 'application/xml'"
    )


def test_300_content_names_the_field_and_the_real_id(hub: LiveHub) -> None:
    message = technical(A, C, optionalStringField="x", requiredArray=["x"])
    error = reported(hub, as_bytes(message))
    assert code(error) == (300, "INVALID_MESSAGE")
    assert error["referencedDistributionID"] == message["distributionID"]
    assert " - technical.requiredStringField: is missing but it is required" in error["errorCause"]


def test_300_envelope_warns_that_the_id_is_a_guess(hub: LiveHub) -> None:
    message = envelope(A, C)
    del message["senderID"]
    error = reported(hub, as_bytes(message))
    assert code(error) == (300, "INVALID_MESSAGE")
    assert error["errorCause"].startswith("CAUTION: distributionID has been extracted by regex")
    assert " - $.senderID: is missing but it is required" in error["errorCause"]
    assert error["referencedDistributionID"] == message["distributionID"]


def test_301_for_json_that_cannot_be_parsed(hub: LiveHub) -> None:
    error = reported(hub, b'{"distributionID": "x_1", ')
    assert code(error) == (301, "SCHEMA_NOT_FOUND")
    assert error["errorCause"] == INTERNAL


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b'{"json": "declared as XML"}',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b"<a>" * 100_000,
        b"\xff\xfe\x00",
    ],
    ids=["text", "json", "doctype", "entity", "deep", "bytes"],
)
def test_300_for_what_is_not_acceptable_xml(hub: LiveHub, body: bytes) -> None:
    error = reported(hub, body, content_type="application/xml")
    assert code(error) == (300, "INVALID_MESSAGE")
    assert "root:" not in str(error)


def test_102_for_what_the_reader_refuses(hub: LiveHub) -> None:
    message = envelope(A, C)
    message["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["unknown"] = 1
    error = reported(hub, as_bytes(message))
    assert code(error) == (102, "UNRECOGNIZED_MESSAGE_FORMAT")
    assert error["errorCause"] == INTERNAL


def test_300_for_a_type_of_another_perimeter(hub: LiveHub) -> None:
    message = envelope(A, C)
    body = {"geoResourcesRequest": {"resourceId": ["fr.health.samuA.resource.VLM1"]}}
    header = technical(A, C)["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    del header["technical"]
    message["content"][0]["jsonContent"]["embeddedJsonContent"]["message"] = header | body
    error = reported(hub, as_bytes(message))
    assert code(error) == (300, "INVALID_MESSAGE")
    assert "15-15_v2.0" in error["errorCause"]
    assert "RS-EDA" in error["errorCause"]


def test_200_sender_differs_from_routing_key(hub: LiveHub) -> None:
    error = reported(hub, as_bytes(envelope(B, C)))
    assert code(error) == (200, "SENDER_INCONSISTENCY")
    assert f"message sender is {B} but received routing key is {A}" in error["errorCause"]


def test_100_not_persistent(hub: LiveHub) -> None:
    error = reported(hub, as_bytes(envelope(A, C)), persistent=False)
    assert code(error) == (100, "DELIVERY_MODE_INCONSISTENCY")


def test_300_distribution_id_of_somebody_else(hub: LiveHub) -> None:
    error = reported(hub, as_bytes(envelope(A, C, distributionID=f"{B}_1")))
    assert code(error) == (300, "INVALID_MESSAGE")


def test_400_expired(hub: LiveHub) -> None:
    message = envelope(A, C, expires_in=-60)
    error = reported(hub, as_bytes(message))
    assert code(error) == (400, "EXPIRED_MESSAGE_BEFORE_ROUTING")
    assert error["errorCause"] == (
        f"Message {message['distributionID']} has expired before reaching the recipient queue"
    )


def test_501_no_such_recipient(hub: LiveHub) -> None:
    error = reported(hub, as_bytes(envelope(A, "fr.health.nobody")))
    assert code(error) == (501, "UNROUTABLE_MESSAGE")
    assert error["errorCause"] == (
        "unable do deliver message to fr.health.nobody.message, cause was NO_ROUTE (312)"
    )


def test_json_given_back_from_an_unknown_health_actor_is_not_understood(hub: LiveHub) -> None:
    """Quirk `returned-as-xml`: it is read as XML, so neither its id nor its source is told."""
    error = reported(hub, as_bytes(envelope(A, "fr.health.nobody")))
    assert error["referencedDistributionID"] == "distributionID_could_not_be_extracted"
    assert "sourceMessage" not in error
    message = envelope(A, "fr.fire.nexsis.nobody")
    error = reported(hub, as_bytes(message))
    assert code(error) == (501, "UNROUTABLE_MESSAGE")
    assert error["referencedDistributionID"] == message["distributionID"]
    assert error["sourceMessage"]["type"] == "extended"


def test_a_source_is_quoted_as_it_came_with_free_numbers_as_doubles(hub: LiveHub) -> None:
    message = envelope(B, C, {"customContent": {"n": 1, "t": "TEXT"}})
    body = as_bytes(message).replace(b'"n": 1', b'"n": 1.50').replace(b"TEXT", b"\\u001f<")
    source = reported(hub, body)["sourceMessage"]
    assert source == message | {"content": source["content"]}
    content = source["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    assert content["customContent"] == {"n": 1.5, "t": "\x1f<"}
    assert list(source) == [  # in the order of their hashes in Java
        "distributionID",
        "distributionKind",
        "senderID",
        "dateTimeSent",
        "distributionStatus",
        "descriptor",
        "dateTimeExpires",
        "content",
    ]


def test_501_no_health_actor(hub: LiveHub) -> None:
    message = envelope(SDIS, "fr.fire.nexsis.sdis44")
    body = xml_envelope(message, "<customContent><hello>hub</hello></customContent>")
    with hub.connect(SDIS) as sender:
        sender.publish(body, content_type="application/xml")
        report = etree.fromstring(sender.take("info").body)
    assert report.findtext(".//{*}errorCause") == (
        f"Unable to route message with id {message['distributionID']}, no health actor involved."
    )


def test_the_order_of_the_checks(hub: LiveHub) -> None:
    """Sender before persistence, persistence before expiry."""
    wrong_everywhere = as_bytes(envelope(B, C, expires_in=-60))
    assert code(reported(hub, wrong_everywhere, persistent=False))[0] == 200
    expired = as_bytes(envelope(A, C, expires_in=-60))
    assert code(reported(hub, expired, persistent=False))[0] == 100


def test_nothing_else_is_delivered_and_the_hub_goes_on(hub: LiveHub) -> None:
    with hub.connect(C) as recipient:
        reported(hub, as_bytes(envelope(A, C)), persistent=False)
        assert recipient.depth("message") == 0
    good = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(good))
        assert recipient.take("message").json == as_forwarded(good)


def test_a_body_of_ten_megabytes_is_refused_clearly(hub: LiveHub) -> None:
    huge = envelope(A, C, {"customContent": {"x": "y" * 10_000_000}}) | {"unknown": 1}
    assert code(reported(hub, as_bytes(huge)))[0] == 300


def test_the_errors_of_partage_affaire_go_to_the_fire_queue(hub: LiveHub) -> None:
    vhost = "15-nexsis_v1.9"
    with hub.connect(SDIS, vhost) as sender:
        sender.publish(b"not xml", key="partage-affaire")
        report = sender.take("info", "fr.health.fire")
    assert b"fr.health.hub" in report.body


def test_a_sender_that_prefers_xml_reads_its_report_in_xml(hub: LiveHub) -> None:
    with hub.connect(B) as sender:
        sender.publish(as_bytes(envelope(B, C)), persistent=False)
        report = sender.take("info")
    assert report.properties.content_type == "application/xml"
    assert etree.fromstring(report.body).findtext(".//{*}statusCode") == "100"


def test_xml_that_addresses_nobody_is_dropped_and_nobody_is_told(hub: LiveHub) -> None:
    message = envelope(A, C)
    body = unaddressed(xml_envelope(message, "<customContent><a>5</a></customContent>"))
    with hub.connect(A, "15-15_v2.0") as sender:
        sender.publish(body, content_type="application/xml")
        found = hub.http("GET", f"/api/v1/messages?sender={A}&outcome=dropped&wait=10")["messages"]
        assert [one["distributionID"] for one in found] == [message["distributionID"]]
        # What is refused after it is the first thing its sender hears of.
        after = as_bytes(envelope(A, "fr.health.nobody"))
        sender.publish(after)
        report = sender.take("info").json
    error = report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["error"]
    assert code(error) == (501, "UNROUTABLE_MESSAGE")
    told = hub.http("GET", f"/api/v1/messages/{found[0]['id']}")
    assert told["errorCode"] is None
    assert told["trace"][-1]["step"] == "dropped"
    assert "nobody is addressed" in told["trace"][-1]["detail"]
    assert hub.http("GET", "/health")["status"] == "UP"
