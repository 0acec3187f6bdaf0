"""Conversion built in: both forms of a case and of resources, between a SAMU and a fire brigade."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hubemu.messages import example_message, load_release
from tests.support.live import LiveHub, live_hub
from tests.support.messages import reference

A, SDIS = "fr.health.samuA", "fr.fire.nexsis.sdisZ"
NEXSIS = "15-nexsis_v1.9.1"


def error_of(report: Any) -> tuple[int, str]:
    error = report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["error"]
    return error["errorCode"]["statusCode"], error["errorCause"]


def message_of(tree: Any) -> Any:
    return tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]


def test_a_case_of_a_samu_reaches_the_fire_brigade_as_its_own(hub: LiveHub) -> None:
    case = example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS)
    with hub.connect(A, NEXSIS) as samu, hub.connect(SDIS, NEXSIS) as sdis:
        samu.publish(case)
        received = sdis.take("message")
        load_release("3.0.0").validate(received.body, "xml")
        root = etree.fromstring(received.body)
        (created,) = root.findall(".//{*}createCase")
        case_id = message_of(json.loads(case))["createCaseHealth"]["caseId"]
        assert created.findtext("{*}caseId") == case_id
        assert root.findtext("{*}distributionID") == json.loads(case)["distributionID"]
        assert root.findall(".//{*}createCaseHealth") == []
        acknowledged = as_xml(reference(SDIS, A, json.loads(case)["distributionID"]))
        sdis.publish(acknowledged, content_type="application/xml")
        assert samu.take("ack").json["senderID"] == SDIS
    (told,) = hub.http("GET", "/api/v1/messages?type=RS-EDA")["messages"]
    entry = hub.http("GET", f"/api/v1/messages/{told['id']}")
    steps = [step["detail"] for step in entry["trace"]]
    assert "the conversion service gave 1 message(s)" in steps


def as_xml(tree: dict[str, Any]) -> bytes:
    release = load_release("3.0.0")
    return release.write(release.parse(json.dumps(tree).encode(), "json"), "xml")


def test_a_case_of_the_fire_brigade_reaches_a_samu_as_its_own(hub: LiveHub) -> None:
    case = example_message("RC-EDA", "3.0.0", sender=SDIS, recipient=A)
    xml = as_xml(json.loads(case))
    with hub.connect(A, NEXSIS) as samu, hub.connect(SDIS, NEXSIS) as sdis:
        sdis.publish(xml, content_type="application/xml")
        received = samu.take("message")
    load_release("3.0.0").validate(received.body, "json")
    assert message_of(received.json)["createCaseHealth"]["owner"] == A


def test_a_case_in_the_wrong_form_is_refused_in_the_words_of_the_service(hub: LiveHub) -> None:
    with hub.connect(A, NEXSIS) as samu:
        samu.publish(example_message("RC-EDA", "3.0.0", sender=A, recipient=SDIS))
        assert error_of(samu.take("info").json) == (
            300,
            "Error during internal call to Hub Santé conversion service: "
            "Input JSON must contain createCaseHealth key",
        )


def test_the_same_seed_gives_the_same_message(hub: LiveHub) -> None:
    case = example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS)
    got = set()
    with hub.connect(A, NEXSIS) as samu, hub.connect(SDIS, NEXSIS) as sdis:
        for _ in range(2):
            samu.publish(case)
            root = etree.fromstring(sdis.take("message").body)
            got.add((root.findtext(".//{*}locID") or "").rpartition("-")[2])
            hub.http("POST", "/api/v1/reset")
    assert len(got) == 1


RC_RI_HUB = ("--model", f"{NEXSIS}=3.4.1")


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    """A Hub on whose vHost both forms of resources are exchanged."""
    with live_hub(tmp_path_factory.mktemp("newest") / "home", *RC_RI_HUB) as hub:
        yield hub


@pytest.fixture(params=["built-in", "another Hub"])
def converting(
    request: pytest.FixtureRequest, newest: LiveHub, tmp_path: Path
) -> Iterator[LiveHub]:
    """That Hub, and one whose conversions another Hub makes, as the service's stand-in."""
    newest.http("POST", "/api/v1/reset")
    if request.param == "built-in":
        yield newest
        return
    url = newest.endpoints["http"]
    with live_hub(tmp_path / "home", *RC_RI_HUB, "--converter", url) as hub:
        yield hub


CASE = "fr.fire.sis035.cga-035.SC-20240813-035"


def of_resources(key: str, resources: list[dict[str, Any]], sender: str, to: str) -> bytes:
    made = json.loads(example_message("RC-REF", "3.4.1", sender=sender, recipient=to))
    message = message_of(made)
    del message["reference"]
    message[key] = {"caseId": CASE, "resource": resources}
    made["distributionKind"] = message["kind"] = "Report"
    return json.dumps(made).encode()


def state(status: str, minute: int) -> dict[str, Any]:
    return {"datetime": f"2026-03-13T10:{minute}:00+01:00", "status": status}


def test_resources_of_a_fire_brigade_are_told_to_a_samu(converting: LiveHub) -> None:
    def told(status: str, minute: int) -> bytes:
        one = {
            "datetime": "2026-03-13T10:23:00+01:00",
            "resourceId": "fr.fire.sis035.cga-035.resource.VSR268",
            "vehicleType": "SIS",
            "state": state(status, minute),
        }
        return of_resources("resourcesInfoCisu", [one], SDIS, A)

    with converting.connect(A, NEXSIS) as samu, converting.connect(SDIS, NEXSIS) as sdis:
        first, second = told("DECLENCHE", 24), told("ARRIVEE", 35)
        sdis.publish(first)
        info, status = samu.take("message").json, samu.take("message").json
        assert message_of(info)["resourcesInfo"]["resource"][0]["vehicleType"] == "SIS"
        assert message_of(status)["resourcesStatus"]["state"]["status"] == "DECLENCHE"
        assert info["distributionID"] == json.loads(first)["distributionID"]
        assert status["distributionID"].startswith(f"{SDIS}_")
        sdis.publish(second)
        changed = samu.take("message").json
        assert changed["distributionID"] == json.loads(second)["distributionID"]
        assert message_of(changed)["resourcesStatus"]["state"]["status"] == "ARRIVEE"


def test_resources_of_a_samu_are_told_to_a_fire_brigade(newest: LiveHub) -> None:
    newest.http("POST", "/api/v1/reset")
    resource = {
        "datetime": "2026-03-13T10:23:00+01:00",
        "resourceId": "fr.health.samuA.resource.SMUR268",
        "vehicleType": "SMUR.AR",
        "state": [state("DECLENCHE", 24)],
    }
    status = json.loads(of_resources("resourcesStatus", [], A, SDIS))
    message_of(status)["resourcesStatus"] = {
        "caseId": CASE,
        "resourceId": resource["resourceId"],
        "state": state("ARRIVEE", 35),
    }
    with newest.connect(A, NEXSIS) as samu, newest.connect(SDIS, NEXSIS) as sdis:
        samu.publish(json.dumps(status).encode())
        code, cause = error_of(samu.take("info").json)
        assert (code, cause.partition("service: ")[2]) == (
            300,
            f"No RS-RI found for caseId: '{CASE}'",
        )
        samu.publish(of_resources("resourcesInfo", [resource], A, SDIS))
        samu.publish(json.dumps(status).encode())
        for told in ("DECLENCHE", "ARRIVEE"):
            body = sdis.take("message").body
            load_release("3.4.1").validate(body, "xml")
            root = etree.fromstring(body)
            assert root.findtext(".//{*}state/{*}status") == told
            assert root.findtext(".//{*}vehicleType") == "VECTEUR_SANTE"


def test_without_conversions_a_case_is_refused(tmp_path: Path) -> None:
    with (
        live_hub(tmp_path / "home", "--converter", "none") as hub,
        hub.connect(A, NEXSIS) as samu,
    ):
        samu.publish(example_message("RS-EDA", "3.0.0", sender=A, recipient=SDIS))
        code, cause = error_of(samu.take("info").json)
        assert code == 300
        assert "no conversion service is known to this Hub" in cause
