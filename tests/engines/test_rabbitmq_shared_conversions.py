"""Conversions where several dispatchers share the work: the same messages become the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from hubemu.engines.rabbitmq.process import find_server
from hubemu.messages import example_message
from tests.conftest import missing
from tests.support.live import LiveHub, live_hub

A, SDIS = "fr.health.samuA", "fr.fire.nexsis.sdisZ"
NEXSIS = "15-nexsis_v1.9.1"
SAME = ("--seed", "7", "--model", f"{NEXSIS}=3.4.1")
CASES = 6
STATUSES = ("DECLENCHE", "DEPART", "ARRIVEE", "TRANSP", "FINPEC", "RETOUR")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    """A Hub with three dispatchers."""
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")
    options = ("--engine", "rabbitmq", "--rabbitmq", "native", "--dispatchers", "3")
    folder = tmp_path_factory.mktemp("shared")
    with live_hub(folder / "home", *options, *SAME) as hub:
        yield hub


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[LiveHub]:
    """A Hub with one dispatcher."""
    with live_hub(tmp_path / "home", *SAME) as hub:
        yield hub


def case_id(number: int) -> str:
    return f"fr.fire.sis035.cga-035.SC-20240813-{number:03}"


def state(minute: int) -> dict[str, Any]:
    status = STATUSES[minute % len(STATUSES)]
    return {"datetime": f"2026-03-13T10:{minute:02}:00+01:00", "status": status}


def message(key: str, body: dict[str, Any], sender: str, to: str, number: int) -> bytes:
    made = json.loads(example_message("RC-REF", "3.4.1", sender=sender, recipient=to))
    within = made["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    del within["reference"]
    within[key] = body
    made["distributionKind"] = within["kind"] = "Report"
    made["distributionID"] = within["messageId"] = f"{sender}_{key}{number}"
    return json.dumps(made).encode()


def info(case: int) -> dict[str, Any]:
    one = {
        "datetime": "2026-03-13T10:23:00+01:00",
        "resourceId": f"fr.health.samuA.resource.SMUR{case}",
        "vehicleType": "SMUR.AR",
        "state": [state(0)],
    }
    return {"caseId": case_id(case), "resource": [one]}


def status(case: int, minute: int) -> dict[str, Any]:
    resource = f"fr.health.samuA.resource.SMUR{case}"
    return {"caseId": case_id(case), "resourceId": resource, "state": state(minute)}


def fire_info(case: int, minute: int) -> dict[str, Any]:
    one = {
        "datetime": "2026-03-13T10:23:00+01:00",
        "resourceId": "fr.fire.sis035.cga-035.resource.VSR268",
        "vehicleType": "SIS",
        "state": state(minute),
    }
    return {"caseId": case_id(case), "resource": [one]}


def of_the_samu() -> list[bytes]:
    """Resources of every case, each followed at once by what becomes of them."""
    infos = [message("resourcesInfo", info(case), A, SDIS, case) for case in range(CASES)]
    statuses = [
        message("resourcesStatus", status(case, minute), A, SDIS, 10 * case + minute)
        for minute in range(1, 6)
        for case in range(CASES)
    ]
    return infos + statuses


def of_the_fire_brigade() -> list[bytes]:
    """What becomes of the resources of every case, twice the same."""
    return [
        message("resourcesInfoCisu", fire_info(case, minute // 2), SDIS, A, 10 * case + minute)
        for minute in range(6)
        for case in range(CASES)
    ]


def publish(hub: LiveHub, sender: str, bodies: list[bytes]) -> None:
    """All at once, nothing waited for."""
    connection = pika.BlockingConnection(hub.parameters(NEXSIS, hub.tls(sender)))
    channel = connection.channel()
    persistent = pika.BasicProperties(content_type="application/json", delivery_mode=2)
    for body in bodies:
        channel.basic_publish("hubsante", sender, body, persistent)
    connection.close()


def taken(hub: LiveHub, recipient: str, count: int) -> list[bytes]:
    with hub.connect(recipient, NEXSIS) as client:
        came = [client.take("message").body for _ in range(count)]
        assert client.depth("message") == 0
        return came


def conversions(hub: LiveHub, samu: list[bytes], fire_brigade: list[bytes]) -> list[bytes]:
    """What the recipients got, in their order, of messages that were sent at once."""
    publish(hub, A, samu)
    came = taken(hub, SDIS, len(samu))
    publish(hub, SDIS, fire_brigade)
    # RS-RI and RS-SR of the first, RS-SR of each change.
    return came + taken(hub, A, CASES * 4)


def test_the_same_messages_become_the_same_with_one_dispatcher_and_with_three(
    shared: LiveHub, alone: LiveHub
) -> None:
    sent = of_the_samu(), of_the_fire_brigade()
    assert conversions(shared, *sent) == conversions(alone, *sent)


def test_a_case_is_remembered_while_rules_come_and_go_until_the_hub_is_reset(
    shared: LiveHub,
) -> None:
    shared.http("POST", "/api/v1/reset")
    publish(shared, A, [message("resourcesInfo", info(1), A, SDIS, 1)])
    shared.http("POST", "/api/v1/faults", {"effect": "drop", "match": {"sender": "nobody"}})
    publish(shared, A, [message("resourcesStatus", status(1, 1), A, SDIS, 2)])
    shared.http("DELETE", "/api/v1/faults")
    publish(shared, A, [message("resourcesStatus", status(1, 2), A, SDIS, 3)])
    told = taken(shared, SDIS, 3)
    assert [STATUSES[number].encode() in body for number, body in enumerate(told)] == [True] * 3
    shared.http("POST", "/api/v1/reset")
    publish(shared, A, [message("resourcesStatus", status(1, 3), A, SDIS, 4)])
    with shared.connect(A, NEXSIS) as samu:
        assert f"No RS-RI found for caseId: '{case_id(1)}'".encode() in samu.take("info").body
