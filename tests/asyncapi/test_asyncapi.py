"""The AMQP side of a Hub as AsyncAPI: whole, true, and valid by AsyncAPI's own parser."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from hubemu.asyncapi import Listener, asyncapi_document
from hubemu.dispatcher import VHostContext, contexts_of
from hubemu.messages import example_tree
from hubemu.routing import load_routing
from hubemu.settings import Settings

SCRIPT = Path(__file__).parents[1] / "support/node/asyncapi.js"
LISTENER = Listener("localhost", 5671)
GPS = "15-gps_v1.3"


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, VHostContext]:
    settings = Settings(home=tmp_path_factory.mktemp("hub"))
    return contexts_of(load_routing(settings.routing), settings)


@pytest.fixture(scope="module")
def whole(contexts: Mapping[str, VHostContext]) -> dict[str, Any]:
    return asyncapi_document(LISTENER, contexts.values())


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_reference_leads_somewhere_in_the_document(whole: dict[str, Any]) -> None:
    found = set(references(whole))
    assert found
    for reference in found:
        place: Any = whole
        assert reference.startswith("#/")
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


def test_each_vhost_has_a_server_an_exchange_and_three_queues(
    whole: dict[str, Any], contexts: Mapping[str, VHostContext]
) -> None:
    assert list(whole["servers"]) == list(contexts)
    for name, context in contexts.items():
        assert whole["servers"][name]["pathname"] == f"/{name}"
        published = whole["channels"][f"{name}.hubsante"]
        assert tuple(published["messages"]) == context.allowed
        assert "fr.health.samuA" in published["parameters"]["client"]["enum"]
        assert published["bindings"]["amqp"]["exchange"]["vhost"] == name
        for kind in ("message", "ack", "info"):
            assert whole["channels"][f"{name}.{kind}"]["bindings"]["amqp"]["is"] == "queue"
            assert whole["operations"][f"{name}.receive.{kind}"]["action"] == "receive"
        assert list(whole["channels"][f"{name}.ack"]["messages"]) in ([], ["RC-REF"])
        assert "RS-ERROR" in whole["channels"][f"{name}.info"]["messages"]
        assert "RC-REF" not in whole["channels"][f"{name}.message"]["messages"]


def test_an_example_of_each_type_is_its_payload_and_of_no_other(
    whole: dict[str, Any], contexts: Mapping[str, VHostContext]
) -> None:
    release = contexts["15-15_v2.1"].release
    schemas = {"components": {"schemas": whole["components"]["schemas"]}}

    def valid(kind: str, tree: Any) -> bool:
        payload = whole["components"]["messages"][f"{release.name}.{kind}"]["payload"]
        # In draft 7, which AsyncAPI's schemas are, nothing beside a $ref counts.
        return jsonschema_rs.Draft7Validator({"allOf": [payload], **schemas}).is_valid(tree)

    for kind in ("RS-EDA", "RC-REF", "RS-RI"):
        tree = json.loads(json.dumps(example_tree(kind, release), default=float))
        assert valid(kind, tree)
        assert not valid("RS-SR", tree)


@pytest.mark.node
def test_asyncapis_own_parser_takes_it(
    contexts: Mapping[str, VHostContext], amqplib: Path, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(amqplib)
    (tmp_path / "asyncapi.js").write_text(SCRIPT.read_text())
    file = tmp_path / "gps.json"
    file.write_text(json.dumps(asyncapi_document(LISTENER, [contexts[GPS]])))
    ended = subprocess.run(
        ["node", "asyncapi.js", file.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    [told] = json.loads(ended.stdout)
    assert told["errors"] == []
    assert told["messages"] >= 3
