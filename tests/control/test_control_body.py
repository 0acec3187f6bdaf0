"""Bodies are read within bounds and checked strictly; a fault is named by its JSON pointer."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.control.body import MAX_BODY
from tests.control.conftest import Api

CLOCK = "/api/v1/clock"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", None],
)
def test_a_body_is_read_as_json_however_it_is_declared(api: Api, content_type: str | None) -> None:
    """Pages of browsers are kept out by what browsers say of themselves, not by this."""
    headers = {"Content-Type": content_type} if content_type else {}
    assert api("POST", CLOCK, content=b'{"advance": 1}', headers=headers).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"advance": NaN}',
        b'{"advance": "\xff"}',
        b'{"advance": "\\ud800"}',
        b"[" * 9999,
    ],
)
def test_what_is_not_json_is_a_bad_request(api: Api, content: bytes) -> None:
    problem = api.refused(400, "POST", CLOCK, content=content, headers=JSON)
    assert "Not valid JSON: line 1" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({}, "#/advance", "the key 'advance' is missing"),
        ({"advance": "60"}, "#/advance", "a number is needed (given: '60')"),
        ({"advance": True}, "#/advance", "a number is needed (given: true)"),
        ({"advance": None}, "#/advance", "a number is needed (given: null)"),
        ({"advance": {}}, "#/advance", "a number is needed (given: a JSON object)"),
        ({"advance": -1}, "#/advance", "0 or more is needed (given: -1)"),
        (
            {"advance": 1, "avance": 2},
            "#/avance",
            "unknown key 'avance': did you mean 'advance'? allowed are advance",
        ),
        ([], "#", "a JSON object is needed"),
        ("advance", "#", "a JSON object is needed"),
    ],
)
def test_a_fault_is_named_by_its_pointer(api: Api, body: Any, pointer: str, words: str) -> None:
    problem = api.refused(422, "POST", CLOCK, json=body)
    assert problem["errors"][0]["pointer"] == pointer
    assert words in problem["errors"][0]["detail"]
    assert problem["detail"].startswith(f"{pointer}: ")


def test_a_body_over_the_limit_is_refused(api: Api) -> None:
    content = b'"' + b"x" * MAX_BODY + b'"'
    problem = api.refused(413, "POST", CLOCK, content=content, headers=JSON)
    assert str(MAX_BODY) in problem["detail"]


def test_a_long_value_is_not_echoed_whole(api: Api) -> None:
    problem = api.refused(422, "POST", CLOCK, json={"advance": "x" * 10_000})
    assert len(problem["detail"]) < 300
