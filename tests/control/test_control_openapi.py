"""The description names every route and no other, and can be trusted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.routing import Route

from hubemu.control.app import build_app
from hubemu.control.context import Context
from hubemu.control.guard import HostNames
from hubemu.control.routes import ENDPOINTS
from tests.control.conftest import Api
from tests.support.fake_hub import FakeHub


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    content: dict[str, Any] = api("GET", "/api/v1/openapi.json").json()
    return content


def test_every_route_is_described_and_every_description_is_a_route(
    document: dict[str, Any], hub: FakeHub
) -> None:
    app = build_app(Context(hub.hub, asyncio.Event(), ENDPOINTS), HostNames("localhost"))
    routes = [route for route in app.routes if isinstance(route, Route)]
    served = {
        (plain(r.path), method) for r in routes for method in (r.methods or ()) if method != "HEAD"
    }
    described = {
        (path, method.upper()) for path, methods in document["paths"].items() for method in methods
    }
    assert described == served


def plain(path: str) -> str:
    """A path without the mark of a parameter that may hold slashes: OpenAPI has no word for it."""
    return path.replace(":path}", "}")


def test_no_endpoint_stands_twice_in_the_table() -> None:
    keys = [(endpoint.method, endpoint.path) for endpoint in ENDPOINTS]
    assert len(keys) == len(set(keys))


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


def test_every_reference_leads_to_a_schema(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known


def test_every_schema_is_used(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert known <= references(document)


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_path_parameters_are_described(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        named = {part.strip("{}") for part in path.split("/") if part.startswith("{")}
        for operation in methods.values():
            given = operation.get("parameters", [])
            assert {one["name"] for one in given if one["in"] == "path"} == named


@pytest.mark.parametrize(
    ("path", "name", "component", "one"),
    [
        ("/crl/{list}", "list", "RevocationList", "igc-test-organisations.crl"),
        ("/ocsp/{authority}", "authority", "AuthorityName", "igc-test-organisations"),
        ("/ocsp/{authority}/{request}", "authority", "AuthorityName", "legacy"),
        ("/page/{file}", "file", "PageFile", "page.js"),
        ("/rabbitmq/api/queues/{vhost}/{queue}", "vhost", "VHostName", "15-15_v2.0"),
    ],
)
def test_a_path_names_what_the_hub_has(
    document: dict[str, Any], path: str, name: str, component: str, one: str
) -> None:
    for operation in document["paths"][path].values():
        [schema] = [part["schema"] for part in operation["parameters"] if part["name"] == name]
        assert schema == {"$ref": f"#/components/schemas/{component}"}
    assert one in document["components"]["schemas"][component]["enum"]


def test_request_bodies_bear_the_names_of_the_contract(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    message = schemas["NewMessage"]
    assert set(message["properties"]) == {"as", "vhost", "contentType", "body", "properties"}
    assert message["required"] == ["as", "vhost", "body"]
    assert message["additionalProperties"] is False
