"""The API of a real Hub: every answer is what its own description says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from hubemu.client.connection import Endpoint, connect
from hubemu.control.context import ApiMethod
from hubemu.control.routes import ENDPOINTS
from hubemu.hub import Hub
from hubemu.messages import example_message
from hubemu.service import serve
from hubemu.settings import Settings
from tests.support.live import LiveHub
from tests.support.messages import envelope

A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
RUNS = "/api/v1/scenarios/runs"
CHANGES: Mapping[tuple[str, str], Any] = {
    ("POST", "/api/v1/messages"): {"as": A, "vhost": VHOST, "body": envelope(A, C)},
    ("POST", "/api/v1/clock"): {"advance": 60},
    ("PUT", "/api/v1/phase"): {"phase": "dual"},
    ("POST", "/api/v1/certs/bind"): {"commonName": "x.example", "clients": [A]},
    ("PUT", "/api/v1/certs/crl"): {"state": "good"},
    ("POST", RUNS): {"names": ["code-300"]},
    ("POST", "/convert"): {
        "edxl": json.loads(example_message("RS-EDA", "2.0.0")),
        "sourceVersion": "v2",
        "targetVersion": "v3",
    },
    ("POST", "/api/v1/check"): {"vhost": VHOST, "body": "{}"},
    ("POST", "/api/v1/inboxes"): {"as": C, "vhost": VHOST},
    ("PUT", "/api/v1/inboxes/{id}"): {"auto": True},
    ("POST", "/api/v1/inboxes/{id}/deliveries/{number}"): {"action": "acknowledge"},
    ("POST", "/api/v1/clients"): {"id": "fr.health.samuX"},
    ("PUT", "/api/v1/clients/{id}"): {"useXML": True},
    ("POST", "/api/v1/vhosts"): {"name": "15-15_v3.0", "perimeter": "15-15", "model": "3.4.1"},
    ("PUT", "/api/v1/vhosts/{name}"): {"perimeter": "15-15", "model": "2.0.0"},
    ("POST", "/api/v1/snapshots"): {"name": "waiting"},
    ("POST", "/api/v1/faults"): {"effect": "drop", "match": {"sender": "fr.health.nobody"}},
}
INBOX = "/api/v1/inboxes"
QUERIES = {
    ("GET", f"/api/v1/{path}"): f"?vhost={VHOST}"
    for path in ("examples", "examples/{name}", "schemas/{type}")
}
"""What must be asked with a query."""
ELSEWHERE = {("GET", "/api/v1/messages/stream"), ("POST", f"{RUNS}/{{id}}/answer")}
"""What is asked in other tests: a stream, and what needs a scenario that waits for a person."""
RULE = ("DELETE", "/api/v1/faults/{id}")


@dataclass(slots=True)
class Conversation:
    """What a real Hub answered to every operation, and its description."""

    document: dict[str, Any] = field(default_factory=dict)
    answers: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)
    scraped: tuple[str, str] = ("", "")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    return asyncio.run(_converse(tmp_path_factory.mktemp("hub") / "home"))


async def _converse(home: Path) -> Conversation:
    told = Conversation()
    async with serve(Settings(home=home, port=0, http_port=0)) as hub:
        endpoints = hub.endpoints()
        await asyncio.to_thread(_come_without_certificate, hub)
        tls = LiveHub(endpoints).tls(A)
        endpoint = Endpoint(host="localhost", port=endpoints["amqps"]["port"], vhost=VHOST, tls=tls)
        async with (
            connect(endpoint),
            httpx.AsyncClient(base_url=endpoints["http"], trust_env=False, timeout=20) as client,
        ):
            await _ask_everything(client, told)
    return told


def _come_without_certificate(hub: Hub) -> None:
    context = ssl.create_default_context(cafile=str(hub.home.certs / "truststores/igc.pem"))
    address = ("localhost", hub.endpoints()["amqps"]["port"])
    with (
        socket.create_connection(address) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
        contextlib.suppress(OSError),
    ):
        tls.recv(1)


async def _ask_everything(client: httpx.AsyncClient, told: Conversation) -> None:
    told.document = (await client.get("/api/v1/openapi.json")).json()
    published = await client.post("/api/v1/messages", json=CHANGES["POST", "/api/v1/messages"])
    identifier = published.json()["id"]
    found = await client.get(f"/api/v1/messages?q={identifier}&wait=5")
    assert found.json()["messages"], "the message was not judged"
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5,*/*;q=0.1"}
    metrics = await client.get("/metrics", headers=accept)
    told.scraped = metrics.text, metrics.headers["content-type"]
    (connection,) = (await client.get("/rabbitmq/api/connections")).json()
    named = {
        "id": identifier,
        "vhost": VHOST,
        "queue": "dispatch",
        "exchange": "hubsante",
        "connection": connection["name"],
        "list": "igc-test-organisations.crl",
        "authority": "igc-test-organisations",
        "request": "AAAA",
        "file": "app.js",
        "name": "RS-EDA",
        "type": "RS-EDA",
    }
    ids: dict[str, dict[str, str]] = {
        "faults": {"id": "f1"},
        "scenarios": {"id": "r1"},
        "clients": {"id": "fr.health.samuX"},
        "vhosts": {"name": "15-15_v3.0"},
        "snapshots": {"name": "waiting"},
    }
    certs = Path((await client.get("/api/v1/hub")).json()["certs"])
    files = {
        ("POST", "/api/v1/certs/inspect"): certs / f"clients/{A}/igc.crt",
        ("POST", "/api/v1/certs/trust"): certs / "ca/legacy.pem",
        ("POST", "/api/v1/certs/revoke"): certs / "clients/fr.health.samuB/igc.crt",
    }
    changes = {**CHANGES, **{key: {"file": file.read_text()} for key, file in files.items()}}
    changes["PUT", "/api/v1/routing"] = (await client.get("/api/v1/routing")).json()
    order = sorted(ENDPOINTS, key=_turn)
    for endpoint in (one for one in order if (one.method, one.path) not in ELSEWHERE):
        key = (endpoint.method, endpoint.path)
        if INBOX in endpoint.path and "inboxes" not in ids:
            ids["inboxes"] = await _inbox(client)
        of_kind = ids.get(endpoint.path.split("/")[3]) if endpoint.path.count("/") > 2 else None
        path = plain(endpoint.path).format_map(named | (of_kind or {})) + QUERIES.get(key, "")
        told.answers[key] = await client.request(endpoint.method, path, json=changes.get(key))


async def _inbox(client: httpx.AsyncClient) -> dict[str, str]:
    """An inbox, and the number of the delivery that it holds."""
    opened = await client.post(INBOX, json=CHANGES["POST", INBOX])
    await client.post("/api/v1/messages", json=CHANGES["POST", "/api/v1/messages"])
    return {"id": opened.json()["id"], "number": await _first_delivery(client)}


async def _first_delivery(client: httpx.AsyncClient) -> str:
    after = 0
    while True:
        answer = (await client.get(f"/api/v1/inboxes?wait=5&after={after}")).json()
        if answer["deliveries"]:
            return str(answer["deliveries"][0]["number"])
        after = answer["next"]


def _turn(endpoint: ApiMethod) -> int:
    """A fault rule is added before it is asked for, and cleared before the reset clears all; who
    is connected is told before an inbox connects."""
    key = (endpoint.method, endpoint.path)
    if endpoint.path.startswith(RUNS):
        return 2 if key == ("POST", RUNS) else 3
    if INBOX in endpoint.path:
        return 4 if endpoint.method == "DELETE" else 3
    if key == ("POST", "/api/v1/faults"):
        return 0
    return 1 if key == RULE or endpoint.method in ("GET", "POST") else 2


def plain(path: str) -> str:
    """A path as it is described: a parameter that may hold slashes is written as any other."""
    return path.replace(":path}", "}")


OPERATIONS = [key for one in ENDPOINTS if (key := (one.method, one.path)) not in ELSEWHERE]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described(told: Conversation, method: str, path: str) -> None:
    answer = told.answers[method, path]
    described = told.document["paths"][plain(path)][method.lower()]["responses"][
        str(answer.status_code)
    ]
    assert answer.is_success, answer.text
    if "content" not in described:
        assert answer.content == b""
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = {**described["content"][media_type]["schema"], **_components(told)}
    content = answer.json() if media_type == "application/json" else answer.text
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(content)


def _components(told: Conversation) -> dict[str, Any]:
    return {"components": told.document["components"]}


def test_the_description_is_openapi(told: Conversation) -> None:
    for schema in told.document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_health_is_up(told: Conversation) -> None:
    health = told.answers["GET", "/health"].json()
    assert {name: part["status"] for name, part in health["components"].items()} == {
        "broker": "UP",
        "dispatcher": "UP",
    }


def test_the_connection_and_the_refusal_are_told(told: Conversation) -> None:
    content = told.answers["GET", "/api/v1/connections"].json()
    assert [one["client"] for one in content["connections"]] == [A]
    refused = [one for one in content["attempts"] if not one["accepted"]]
    assert [one["certificate"] for one in refused] == [None]
    assert refused[0]["reason"]


def test_the_vhosts_tell_types_model_and_depths(told: Conversation) -> None:
    vhosts = {one["name"]: one for one in told.answers["GET", "/api/v1/hub"].json()["vhosts"]}
    assert len(vhosts) == 12
    assert "RS-EDA" in vhosts[VHOST]["types"]
    assert vhosts[VHOST]["queues"][f"{C}.message"]["ready"] == 1


def test_metrics_bear_the_names_of_the_real_dispatcher(told: Conversation) -> None:
    text = told.answers["GET", "/metrics"].text
    for name in (
        "dispatch_message_total{",
        "overall_dispatch_time_seconds_count",
        "dlq_overall_dispatch_time_seconds_count",
        'rabbitmq_queue_messages_ready{queue="dispatch",vhost="15-15_v2.0"} 0.0',
        "rabbitmq_connections 1.0",
    ):
        assert name in text


def test_metrics_in_openmetrics_form_name_the_last_message(told: Conversation) -> None:
    document, content_type = told.scraped
    assert content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert document.endswith("# EOF\n")
    assert document.count("# EOF") == 1
    (line,) = [one for one in document.splitlines() if one.startswith("dispatch_message_total{")]
    assert line.endswith(' # {hubemu_message_id="m1"} 1.0')
    assert "rabbitmq_connections 1.0" in document
