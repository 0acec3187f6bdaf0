"""Fault rules of the conversion service, seen from outside by pika, on both engines."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from hubemu.messages import example_message
from tests.support.fault_calls import FAULTS, A, Message, error
from tests.support.live import LiveHub

SDIS = "fr.fire.nexsis.sdisZ"


def converted(hub: LiveHub, **rule: Any) -> tuple[int, str, str]:
    """The error of a case for a fire brigade, which needs the conversion service."""
    hub.http("POST", FAULTS, {"where": "converter", "match": {"recipient": SDIS}, **rule})
    case = example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS)
    with hub.connect(A, "15-nexsis_v1.9.1") as sender:
        sender.publish(case)
        return error(sender.take("info").json)


CONVERSION = "Error during internal call to Hub Santé conversion service: "


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"effect": "down"}, "the conversion service cannot be reached: connection refused"),
        ({"effect": "fail"}, "500 Internal Server Error"),
        ({"effect": "fail", "parameters": {"status": 503}}, "503 Service Unavailable"),
        ({"effect": "fail", "parameters": {"error": "no such code"}}, "no such code"),
        ({"effect": "answer", "parameters": {"body": {"x": 1}}}, "its answer has neither"),
    ],
)
def test_a_converter_that_fails(hub: LiveHub, rule: Message, text: str) -> None:
    code, name, cause = converted(hub, **rule)
    assert (code, name) == (300, "INVALID_MESSAGE")
    assert cause.startswith(CONVERSION + text)


def test_a_converter_whose_answer_is_given(hub: LiveHub) -> None:
    answer = json.loads(example_message("RC-EDA", "3.0.0", sender=A, recipient=SDIS))
    body = {"converted_messages": [answer, answer]}
    rule = {"where": "converter", "effect": "answer", "parameters": {"body": body}}
    hub.http("POST", FAULTS, rule)
    case = example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS)
    with (
        hub.connect(A, "15-nexsis_v1.9.1") as sender,
        hub.connect(SDIS, "15-nexsis_v1.9.1") as recipient,
    ):
        sender.publish(case)
        for _ in range(2):
            assert answer["distributionID"].encode() in recipient.take("message").body
        hub.http("DELETE", FAULTS)
        sender.publish(case)
        assert b"<locID>LOC-" in recipient.take("message").body


def test_a_converter_that_answers_late(hub: LiveHub) -> None:
    rule = {"where": "converter", "effect": "delay", "parameters": {"ms": 700}}
    hub.http("POST", FAULTS, rule)
    before = time.monotonic()
    with (
        hub.connect(A, "15-nexsis_v1.9.1") as sender,
        hub.connect(SDIS, "15-nexsis_v1.9.1") as recipient,
    ):
        sender.publish(example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS))
        assert b"<locID>LOC-" in recipient.take("message").body
    assert time.monotonic() - before >= 0.7
