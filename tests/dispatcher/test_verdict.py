"""The verdict on files, offline."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import pytest

from hubemu.clock import Clock
from hubemu.dispatcher import Judgement, format_of, judge
from tests.support.dispatching import SDIS, A, B, C, a_case, a_message, context, now
from tests.support.messages import as_bytes, technical, xml_envelope


def verdict(body: bytes | dict[str, Any], written: Any = "json", **kwargs: Any) -> Judgement:
    raw = body if isinstance(body, bytes) else as_bytes(body)
    vhost = context(kwargs.pop("vhost", "15-15_v2.0"))
    return judge(raw, written, vhost, clock=Clock(now), **kwargs)


def test_a_good_file_is_accepted() -> None:
    made = verdict(a_message())
    assert made.queue == "fr.health.samuC.message"
    assert made.to_json("f.json") == {
        "file": "f.json",
        "vhost": "15-15_v2.0",
        "type": "customContent",
        "accepted": True,
        "errorCode": None,
        "errorCause": None,
    }


def test_a_bad_file_is_rejected_in_the_hubs_words() -> None:
    made = verdict(technical(A, C)).to_json("f.json")
    assert made["type"] == "TECHNICAL"
    assert made["accepted"] is False
    assert made["errorCode"] == {"statusCode": 300, "statusString": "INVALID_MESSAGE"}
    assert "technical.requiredStringField" in made["errorCause"]


def code(made: Judgement) -> int:
    assert made.rejection is not None
    return made.rejection.code.value


def test_it_is_published_by_its_sender_unless_said() -> None:
    assert verdict(a_message(B, C)).accepted
    assert code(verdict(a_message(B, C), as_id=A)) == 200


def test_a_recipient_without_queues_is_501() -> None:
    assert code(verdict(a_message(A, "fr.health.nobody"))) == 501


def test_a_type_of_another_perimeter_is_refused() -> None:
    header = technical(A, C)
    message = header["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    del message["technical"]
    message["geoResourcesRequest"] = {"resourceId": ["fr.health.samuA.resource.VLM1"]}
    made = verdict(header)
    assert (made.type, code(made)) == ("GEO-REQ", 300)


def test_a_partners_file_is_judged_leniently() -> None:
    message = a_message(SDIS, A, distributionID="anything")
    body = xml_envelope(message, "<customContent><a>1</a></customContent>")
    assert verdict(body, "xml").accepted


@pytest.mark.parametrize("body", [b"", b"garbage", b"<a/>", b"\xff"])
@pytest.mark.parametrize("written", ["json", "xml"])
def test_garbage_is_refused(body: bytes, written: str) -> None:
    assert code(verdict(body, written)) in (102, 300, 301)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a.json", b"<x/>", "json"),
        ("a.XML", b"{}", "xml"),
        ("a.txt", b" \n<x/>", "xml"),
        ("a", b"\xef\xbb\xbf<x/>", "xml"),
        ("a", b"{}", "json"),
    ],
)
def test_the_format_of_a_file(name: str, body: bytes, expected: str) -> None:
    assert format_of(PurePath(name), body) == expected


@pytest.mark.official
@pytest.mark.parametrize(("release", "vhost"), [("2.0.0", "15-15_v2.0"), ("3.0.0", "15-15_v2.1")])
def test_the_official_samples_get_the_verdict_they_are_named_for(
    official: Path, release: str, vhost: str
) -> None:
    samples = official / release / "sample"
    bad = list((samples / "failing").rglob("*.json"))
    refused = [code(verdict(file.read_bytes(), vhost=vhost)) for file in bad]
    assert refused
    assert set(refused) == {300}
    assert verdict((samples / "valid/EDXL-DE/EDXL-DE.json").read_bytes(), vhost=vhost).accepted


def test_a_message_that_needs_conversion_is_judged_converted() -> None:
    made = verdict(a_case(), vhost="15-nexsis_v1.9.1")
    assert (made.type, made.queue) == ("RS-EDA", f"{SDIS}.message")
    assert made.accepted


def test_a_message_that_needs_conversion_may_be_judged_as_without_a_service() -> None:
    made = verdict(a_case(), vhost="15-nexsis_v1.9.1", conversions=False)
    assert (made.type, code(made)) == ("RS-EDA", 300)
    assert "Error during internal call to Hub Santé conversion service: " in str(made.rejection)


def test_what_the_conversion_refuses_is_judged_so() -> None:
    made = verdict(a_case("RC-EDA"), vhost="15-nexsis_v1.9.1")
    assert code(made) == 300
    assert str(made.rejection).endswith("service: Input JSON must contain createCaseHealth key")
