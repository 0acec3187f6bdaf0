"""POST /convert: the conversion service's contract in its three forms (facts: converter 1, 5)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.control.conftest import Api
from tests.conversion.messages import CASE, SDIS, A, B, edxl

STATUS = {"caseId": CASE, "resourceId": "r", "datetime": "d", "status": "ARRIVE"}


def ask(api: Api, message: Any, source: str = "v3", target: str = "v3", **more: Any) -> Any:
    body = {"edxl": message, "sourceVersion": source, "targetVersion": target, **more}
    return api("POST", "/convert", json=body)


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    return str(answer.json()["error"])


def test_versions_are_converted_and_told_in_both_older_forms(api: Api) -> None:
    answer = ask(api, edxl("resourcesStatus", STATUS), "v1", "v2")
    assert answer.status_code == 200
    state = {"datetime": "d", "status": "ARRIVEE"}
    told = edxl("resourcesStatus", {"caseId": CASE, "resourceId": "r", "state": state})
    assert answer.json() == {"converted_messages": [told], "edxl": told}


def test_cisu_conversion(api: Api) -> None:
    case = edxl("createCaseHealth", {"patient": [{}]}, sender=A, recipient=SDIS)
    (made,) = ask(api, case, cisuConversion=True).json()["converted_messages"]
    message = made["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    assert message["createCase"]["qualification"]["victims"] == {"count": "1"}
    assert "createCaseHealth" not in message


def test_none_or_several_messages_have_one_form(api: Api) -> None:
    info = edxl("resourcesInfo", {"caseId": CASE, "resource": []}, sender=A, recipient=SDIS)
    assert ask(api, info, cisuConversion=True).json() == {"converted_messages": []}


@pytest.mark.parametrize(
    ("kind", "key", "sender", "recipient", "made"),
    [
        ("CISUTranscoding", "createCase", SDIS, A, "createCaseHealth"),
        ("HealthVersionConversion", "createCaseHealth", A, B, "createCaseHealth"),
        ("CISUVersionConversion", "createCase", SDIS, A, "createCase"),
    ],
)
@pytest.mark.parametrize("version", ["v3", "vactive"])
def test_the_newest_form(
    api: Api, kind: str, key: str, sender: str, recipient: str, made: str, version: str
) -> None:
    message = edxl(key, {}, sender=sender, recipient=recipient)
    answer = ask(api, message, version, version, type=kind).json()
    assert list(answer) == ["converted_messages"]
    (told,) = answer["converted_messages"]
    assert made in told["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"type": "CISUTranscoding", "cisuConversion": True}, "Unknown fields: cisuConversion"),
        (
            {"type": "Other"},
            "Unknown type Other. Must be one of: ['CISUTranscoding', 'HealthVersionConversion', "
            "'CISUVersionConversion']",
        ),
        ({"type": {}}, "Unknown type {}. Must be one of: "),
        ({"cisuConversion": True}, f"Both sender and recipient are health: {A} -> {B}"),
        (
            {"type": "CISUVersionConversion"},
            "Version conversion for message type 'emsi' is currently not implemented.",
        ),
        ({}, "Version conversion for message type 'emsi' is currently not implemented."),
    ],
)
def test_what_is_refused(api: Api, more: dict[str, Any], text: str) -> None:
    assert refused(ask(api, edxl("emsi", {}), **more)).startswith(text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "sourceVersion=None, targetVersion=None, edxl present=False"),
        ({"sourceVersion": "v1", "edxl": {}}, "sourceVersion=v1, targetVersion=None, "),
        ({"targetVersion": "v2", "edxl": {"a": 1}}, "targetVersion=v2, edxl present=True"),
        ([], "edxl present=False"),
        ("text", "edxl present=False"),
    ],
)
def test_missing_fields(api: Api, body: Any, text: str) -> None:
    told = refused(api("POST", "/convert", json=body))
    assert told.startswith("Missing required fields: sourceVersion=")
    assert text in told


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"a": 1}, "Input JSON must contain content key"),
        ({"content": []}, "Input JSON must contain content key"),
        ({"content": [1]}, "Input JSON must contain jsonContent key"),
        ("text", "Input JSON must contain content key"),
        (edxl("createCaseHealth", []), "Input JSON must contain createCaseHealth key"),
    ],
)
def test_a_message_of_another_shape(api: Api, message: Any, text: str) -> None:
    assert refused(ask(api, message, "v1", "v2")) == text


@pytest.mark.parametrize("declared", ["text/plain", "application/xml", ""])
def test_the_content_type_must_be_json(api: Api, declared: str) -> None:
    answer = api("POST", "/convert", content=b"{}", headers={"Content-Type": declared})
    assert refused(answer) == "Content-Type must be application/json"


def test_a_charset_may_be_told(api: Api) -> None:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    assert refused(api("POST", "/convert", content=b"{}", headers=kind)).startswith("Missing")


@pytest.mark.parametrize("body", [b"", b"{", b"{} x", b"\xff", b"[" * 5_000])
def test_what_is_not_json_is_answered_by_the_framework(api: Api, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = api("POST", "/convert", content=body, headers=kind)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "<title>400 Bad Request</title>" in answer.text


def test_numbers_stay_as_they_were_written(api: Api) -> None:
    body = {"edxl": edxl("error", {"x": 0}), "sourceVersion": "v1", "targetVersion": "v3"}
    sent = json.dumps(body).replace('"x": 0', '"x": 48.8666670000000000000').encode()
    answer = api("POST", "/convert", content=sent, headers={"Content-Type": "application/json"})
    assert b'"x":48.8666670000000000000' in answer.content


def test_what_was_told_of_a_case_is_remembered_until_the_reset(api: Api) -> None:
    def told(internal: str) -> int:
        state = {"datetime": "d", "status": "PEC"}
        resource = {"resourceId": "r", "vehicleType": "x", "state": state}
        body = {"caseId": CASE, "resource": [resource]}
        message = edxl("resourcesInfoCisu", body, sender=SDIS, recipient=A, internal=internal)
        return len(ask(api, message, cisuConversion=True).json()["converted_messages"])

    assert [told("1"), told("2")] == [2, 0]
    assert api("POST", "/api/v1/reset").status_code == 204
    assert told("3") == 2
