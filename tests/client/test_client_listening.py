"""A delivery as `hubemu listen` shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

from hubemu.client.listening import row
from hubemu.client.received import ReceivedMessage
from hubemu.properties import Properties
from tests.support.messages import as_bytes, envelope, reference

A, B = "fr.health.samuA", "fr.health.samuB"


def delivery(body: bytes, **properties: object) -> ReceivedMessage:
    return ReceivedMessage(
        queue=f"{B}.message",
        body=body,
        # By name.
        properties=Properties(content_type="application/json", **properties),  # type: ignore[arg-type]
        routing_key=f"{B}.message",
        redelivered=False,
        tag=1,
    )


def test_a_row_can_be_written_as_json_whatever_the_headers() -> None:
    death = {"time": datetime(2024, 1, 1, tzinfo=UTC), "reason": b"expired", "n": Decimal("1.5")}
    shown = row(delivery(b"\xff", headers={"x-death": [death]}))
    again = json.loads(json.dumps(shown))
    assert again["properties"]["headers"]["x-death"] == [
        {"time": "2024-01-01T00:00:00+00:00", "reason": "expired", "n": "1.5"}
    ]
    assert again["body"] == "\N{REPLACEMENT CHARACTER}"
    assert again["distributionID"] is None


def test_an_error_report_shows_code_cause_and_reference() -> None:
    error = {
        "errorCode": {"statusCode": 400, "statusString": "EXPIRED"},
        "errorCause": "too late",
        "referencedDistributionID": "r1",
    }
    shown = row(delivery(as_bytes(envelope("fr.health.hub", A, {"error": error}))))
    assert shown["errorCode"] == {"statusCode": 400, "statusString": "EXPIRED"}
    assert (shown["errorCause"], shown["reference"]) == ("too late", "r1")


def test_an_acknowledgement_has_no_error() -> None:
    shown = row(delivery(as_bytes(reference(B, A, "r1"))))
    assert shown["errorCode"] is None
    assert shown["reference"] == "r1"
