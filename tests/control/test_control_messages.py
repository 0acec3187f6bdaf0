"""The journal over HTTP: listed, filtered, waited for, shown one by one, forgotten."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from hubemu.control.context import Context
from hubemu.control.problems import Problem
from hubemu.control.resources.messages import list_messages
from tests.control.conftest import Api
from tests.support.fake_hub import FakeHub, a_message

MESSAGES = "/api/v1/messages"


def test_an_empty_journal_is_an_empty_list(api: Api) -> None:
    assert api("GET", MESSAGES).json() == {"messages": [], "next": None}


def test_messages_come_newest_last_in_pages(api: Api, hub: FakeHub) -> None:
    ids = [a_message(hub.journal).id for _ in range(3)]
    first = api("GET", f"{MESSAGES}?limit=2").json()
    assert [row["id"] for row in first["messages"]] == ids[:2]
    second = api("GET", f"{MESSAGES}?limit=2&after={first['next']}").json()
    assert [row["id"] for row in second["messages"]] == ids[2:]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        "vhost=15-15_v1.5",
        "sender=fr.health.samuB",
        "recipient=fr.health.samuC",
        "type=RS-EDA",
        "outcome=rejected",
        "q=needle",
    ],
)
def test_each_filter_lets_only_its_own_through(api: Api, hub: FakeHub, query: str) -> None:
    a_message(hub.journal, body=b"hay")
    wanted = a_message(
        hub.journal,
        vhost="15-15_v1.5",
        sender="fr.health.samuB",
        recipient="fr.health.samuC",
        type="RS-EDA",
        outcome="rejected",
        body=b"a NEEDLE in it",
    )
    rows = api("GET", f"{MESSAGES}?{query}").json()["messages"]
    assert [row["id"] for row in rows] == [wanted.id]


def test_one_message_is_shown_with_its_body_and_properties(api: Api, hub: FakeHub) -> None:
    entry = a_message(hub.journal, body=b'{"a":1}')
    detail = api("GET", f"{MESSAGES}/{entry.id}").json()
    assert detail["body"] == '{"a":1}'
    assert detail["properties"] == {"content_type": "application/json"}


def test_a_message_that_is_not_kept_is_not_found(api: Api) -> None:
    assert "'m9'" in api.refused(404, "GET", f"{MESSAGES}/m9")["detail"]


def test_forgetting_empties_the_journal(api: Api, hub: FakeHub) -> None:
    a_message(hub.journal)
    answer = api("DELETE", MESSAGES)
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(hub.journal) == 0


class Waiting:
    """A long poll under way, whose client can hang up."""

    def __init__(self, hub: FakeHub) -> None:
        self.context = Context(hub.hub, asyncio.Event(), ())
        self.hangs_up = asyncio.Event()
        scope = {"type": "http", "method": "GET", "path": MESSAGES, "headers": []}
        request = Request({**scope, "query_string": b"wait=60"}, self._receive)
        self.answer = asyncio.ensure_future(list_messages(request, self.context))

    async def _receive(self) -> Message:
        await self.hangs_up.wait()
        return {"type": "http.disconnect"}


def test_a_long_poll_is_answered_by_the_first_match(hub: FakeHub) -> None:
    async def scenario() -> bytes:
        waiting = Waiting(hub)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.answer.done()
        a_message(hub.journal)
        return bytes((await waiting.answer).body)

    assert b'"m1"' in asyncio.run(scenario())


def test_a_long_poll_ends_with_the_server(hub: FakeHub) -> None:
    async def scenario() -> None:
        waiting = Waiting(hub)
        waiting.context.closing.set()
        with pytest.raises(Problem, match="stopping"):
            await waiting.answer

    asyncio.run(scenario())


def test_a_long_poll_ends_with_its_reader(hub: FakeHub) -> None:
    async def scenario() -> None:
        waiting = Waiting(hub)
        waiting.hangs_up.set()
        with pytest.raises(ClientDisconnect):
            await waiting.answer

    asyncio.run(scenario())


def test_a_long_poll_in_vain_answers_an_empty_list(api: Api) -> None:
    assert api("GET", f"{MESSAGES}?wait=0.01").json() == {"messages": [], "next": None}


def test_the_newest_messages_only(api: Api, hub: FakeHub) -> None:
    entries = [a_message(hub.journal, vhost=vhost) for vhost in ("15-15_v2.0", "15-15_v1.5") * 2]
    page = api("GET", "/api/v1/messages?latest=3").json()
    assert [row["id"] for row in page["messages"]] == [entry.id for entry in entries[1:]]
    assert page["next"] is None
    chosen = api("GET", "/api/v1/messages?latest=1&vhost=15-15_v2.0").json()["messages"]
    assert [row["id"] for row in chosen] == [entries[2].id]
    assert "whole number" in api.refused(400, "GET", "/api/v1/messages?latest=0")["detail"]
    assert "limit" in api.refused(400, "GET", "/api/v1/messages?latest=1&limit=-1")["detail"]


def test_the_case_of_each_message_that_has_one(api: Api, hub: FakeHub) -> None:
    in_json = a_message(hub.journal, body=b'{"x": {"caseId" : "fr.health.samuA.1"}}')
    in_xml = a_message(hub.journal, body=b"<a:caseId> fr.health.samuA.2 </a:caseId>")
    a_message(hub.journal, body=b"{}")
    assert api("GET", "/api/v1/messages/cases").json() == {
        "cases": {in_json.id: "fr.health.samuA.1", in_xml.id: "fr.health.samuA.2"}
    }
