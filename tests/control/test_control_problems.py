"""Every refusal is problem JSON that says how to mend it; nothing else ever leaks."""

from __future__ import annotations

import pytest

from hubemu.control.inboxes import PlayedInboxes
from hubemu.errors import CheckFailed, InputError, StartError
from tests.control.conftest import Api
from tests.support.fake_hub import FakeHub


def test_an_unknown_path_says_where_to_look(api: Api) -> None:
    problem = api.refused(404, "GET", "/nowhere")
    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Nothing is served at /nowhere: GET /api/v1/openapi.json lists what there is.",
        "instance": "/nowhere",
    }


def test_a_trailing_slash_is_another_path(api: Api) -> None:
    api.refused(404, "GET", "/health/")


def test_a_method_that_is_not_possible_names_those_that_are(api: Api) -> None:
    answer = api("PUT", "/api/v1/messages")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, POST"
    assert "use DELETE, GET, HEAD, POST" in answer.json()["detail"]


def test_a_foreign_host_is_refused_with_a_problem(api: Api) -> None:
    api.refused(421, "GET", "/health", headers={"Host": "evil.example"})


def test_a_foreign_page_is_refused_with_a_problem(api: Api) -> None:
    origin = {"Origin": "http://evil.example"}
    api.refused(403, "POST", "/api/v1/reset", headers=origin)


@pytest.mark.parametrize(
    ("error", "status"),
    [(InputError("option", "wrong"), 422), (StartError("gone"), 503), (CheckFailed("no"), 409)],
)
def test_errors_of_the_hub_keep_their_words(
    api: Api, hub: FakeHub, error: Exception, status: int
) -> None:
    def fail() -> dict[str, object]:
        raise error

    hub.reports.on_hub = fail
    assert api.refused(status, "GET", "/api/v1/hub")["detail"] == str(error)


def test_a_bug_is_a_500_without_its_traceback(
    api: Api, hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> dict[str, object]:
        raise LookupError("secret inner state")

    hub.reports.on_hub = fail
    problem = api.refused(500, "GET", "/api/v1/hub")
    assert "LookupError" in problem["detail"]
    assert "secret" not in str(problem)
    assert [record.getMessage() for record in caplog.records] == ["GET /api/v1/hub failed"]


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere"])
def test_every_answer_carries_the_security_headers(api: Api, path: str) -> None:
    headers = api("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_a_strange_path_is_named_as_a_uri_reference(api: Api) -> None:
    assert api.refused(404, "GET", "/caf%C3%A9%00%20x")["instance"] == "/caf%C3%A9%00%20x"


def test_an_inbox_whose_client_is_let_wait_is_409(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        raise StartError("localhost:5671: no answer within 6 s")

    monkeypatch.setattr(PlayedInboxes, "open", silent)
    asked = {"as": "fr.health.samuA", "vhost": "15-15_v2.0"}
    problem = api.refused(409, "POST", "/api/v1/inboxes", json=asked)
    assert problem["detail"].startswith("fr.health.samuA cannot connect: localhost:5671: no answer")
