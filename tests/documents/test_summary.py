"""What is seen of a message at first sight, valid or not."""

from __future__ import annotations

import pytest

from hubemu.documents import Summary, summary_of
from hubemu.edxl import JSON, XML
from tests.support.messages import as_bytes, envelope, reference, xml_envelope

A, B = "fr.health.samuA", "fr.health.samuB"
ERROR = {
    "errorCode": {"statusCode": 200, "statusString": "SENDER_INCONSISTENCY"},
    "errorCause": "why",
    "sourceMessage": {"distributionID": "other"},
    "referencedDistributionID": "r2",
}
ERROR_XML = """<error xmlns="urn:emergency:cisu:2.0:error"><errorCode><statusCode>200</statusCode>
<statusString>SENDER_INCONSISTENCY</statusString></errorCode><errorCause>why</errorCause>
<referencedDistributionID>r2</referencedDistributionID></error>"""


def test_an_acknowledgement() -> None:
    message = reference(B, A, "r1")
    seen = summary_of(as_bytes(message), JSON)
    assert seen == Summary(
        distribution_id=message["distributionID"],
        sender=B,
        recipient=A,
        kind="Ack",
        content="reference",
        reference="r1",
    )


def test_an_error_report_is_seen_alike_in_both_formats() -> None:
    report = envelope("fr.health.hub", A, {"error": ERROR}, kind="Error")
    seen = summary_of(as_bytes(report), JSON)
    assert (seen.status_code, seen.status_string) == (200, "SENDER_INCONSISTENCY")
    assert (seen.reference, seen.cause, seen.content) == ("r2", "why", "error")
    assert summary_of(xml_envelope(report, ERROR_XML), XML) == seen


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"", JSON), (b"garbage", None), (b"<a/>", XML), (b'{"distributionID": {}}', JSON)],
)
def test_what_cannot_be_read_shows_nothing(body: bytes, content_type: str | None) -> None:
    assert summary_of(body, content_type) == Summary()


def test_a_status_code_that_is_no_number_is_not_shown() -> None:
    report = envelope("fr.health.hub", A, {"error": {"errorCode": {"statusCode": "x"}}})
    assert summary_of(as_bytes(report), JSON).status_code is None
