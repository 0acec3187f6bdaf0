"""What the page copies is run: each recipe sends the message again, octet for octet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubemu.client.environment import client_environment
from hubemu.client.facts import HubFacts
from tests.conftest import missing
from tests.support.commands import HUBEMU
from tests.support.languages import ClientMissing, java_classpath
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
AWKWARD = 'l\'été "à" Saint-Étienne \\u00e9 \\n ${HOME} `ls` %s 🚑 \u2028 end'
Prepared = Callable[[Path, str], list[str]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("recipes") / "home") as up:
        yield up


def _shell(folder: Path, text: str) -> list[str]:
    (folder / "recipe.sh").write_text(text)
    return ["sh", "-e", "recipe.sh"]


def _python(folder: Path, text: str) -> list[str]:
    (folder / "recipe.py").write_text(text)
    return [sys.executable, "recipe.py"]


def _java(folder: Path, text: str) -> list[str]:
    try:
        classpath = java_classpath()
    except ClientMissing as reason:
        missing("java", str(reason))
    if "CLASSPATH" not in os.environ:  # Debian's library is of before that method
        text = text.replace("    factory.enableHostnameVerification();\n", "")
    (folder / "Send.java").write_text(text, "utf-8")
    subprocess.run(["javac", "-cp", classpath, "Send.java"], cwd=folder, check=True)
    return ["java", "-cp", f".{os.pathsep}{classpath}", "Send"]


@pytest.fixture(params=["hubemu send", "curl", "Python (pika)", "Node (amqplib)", "Java"])
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Prepared]:
    """The name of a recipe, and what makes a command of its text."""

    def node(folder: Path, text: str) -> list[str]:
        (folder / "node_modules").symlink_to(request.getfixturevalue("amqplib"))
        (folder / "recipe.js").write_text(text, "utf-8")
        return ["node", "recipe.js"]

    prepared: dict[str, Prepared] = {"Python (pika)": _python, "Node (amqplib)": node}
    prepared["Java"] = _java
    return request.param, prepared.get(request.param, _shell)


def sent(hub: LiveHub, body: bytes, **properties: Any) -> str:
    """Publish as samuA; the message's id in the journal."""
    with hub.connect(A) as client:
        client.publish(body, **properties)
    page = hub.http("GET", f"/api/v1/messages?sender={A}&limit=1000&wait=20")
    return str(page["messages"][-1]["id"])


def run(hub: LiveHub, folder: Path, prepare: Prepared, text: str) -> None:
    facts = HubFacts.of(hub.http("GET", "/api/v1/hub"))
    programs = f"{Path(HUBEMU[0]).parent}{os.pathsep}{os.environ['PATH']}"
    home = {"HUBEMU_HOME": str(hub.certs.parent), "PATH": programs}
    environment = os.environ | client_environment(facts, hub.certs.parent, A, VHOST) | home
    command = prepare(folder, text)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_recipe_sends_the_same_again(
    hub: LiveHub, recipe: tuple[str, Prepared], tmp_path: Path
) -> None:
    name, prepare = recipe
    content = {"customContent": {"told": AWKWARD}}
    body = as_bytes(envelope(A, C, content))
    given = hub.http("GET", f"/api/v1/messages/{sent(hub, body)}/recipes")
    with hub.connect(C) as recipient:
        first = recipient.take("message")
        run(hub, tmp_path, prepare, given["recipes"][name])
        again = recipient.take("message")
    assert again.json == first.json
    assert again.json["content"][0]["jsonContent"]["embeddedJsonContent"]["message"] == content
    assert again.properties.content_type == "application/json"
    rows = hub.http("GET", "/api/v1/messages?limit=1000")["messages"][-2:]
    details = [hub.http("GET", f"/api/v1/messages/{row['id']}") for row in rows]
    assert details[0]["body"].strip() == details[1]["body"].strip()
    assert [one["properties"]["delivery_mode"] for one in details] == [2, 2]


@pytest.mark.parametrize("recipe", ["Python (pika)", "Node (amqplib)", "Java"], indirect=True)
def test_octets_that_are_no_text_are_sent_as_they_are(
    hub: LiveHub, recipe: tuple[str, Prepared], tmp_path: Path
) -> None:
    name, prepare = recipe
    entry = sent(hub, b'{"x": "\xe9\xff"}')
    found = hub.http("GET", f"/api/v1/messages/{entry}/recipes")["recipes"]
    assert "curl" not in found
    run(hub, tmp_path, prepare, found[name])
    page = hub.http("GET", f"/api/v1/messages?after={entry}&wait=20")
    [again] = page["messages"]
    told, first = (hub.http("GET", f"/api/v1/messages/{one}") for one in (again["id"], entry))
    assert (told["encoding"], told["body"]) == ("base64", first["body"])


@pytest.mark.parametrize("written", ["a content", "whatever"])
def test_a_scenario_plays_the_message_as_a_step(hub: LiveHub, tmp_path: Path, written: str) -> None:
    content = {"customContent": {"told": AWKWARD.replace("${", "{")}}  # it means something there
    body = as_bytes(envelope(A, C, content)) if written == "a content" else b"<no/>"
    step = hub.http("GET", f"/api/v1/messages/{sent(hub, body)}/recipes")["recipes"]
    file = tmp_path / "again.yaml"
    actors = f"samuA: {{id: {A}}}, samuC: {{id: {C}}}, recipient: {{id: fr.health.samuB}}"
    head = f"title: Again\nvhosts: [{VHOST}]\nclients: {{{actors}}}\nsteps:\n"
    file.write_text(head + step["scenario step"], "utf-8")
    command = [*HUBEMU, "scenario", "run", str(file), "--home", str(hub.certs.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    newest = hub.http("GET", f"/api/v1/messages?sender={A}&latest=1")["messages"][0]["id"]
    again = hub.http("GET", f"/api/v1/messages/{newest}")["body"]
    if written == "a content":
        tree = json.loads(again)["content"][0]["jsonContent"]["embeddedJsonContent"]
        assert tree["message"]["customContent"] == content["customContent"]
    else:
        assert again == "<no/>"


def test_an_unknown_message_has_none(hub: LiveHub) -> None:
    status, problem = hub.refused("GET", "/api/v1/messages/m999999/recipes")
    assert (status, "holds no message" in problem["detail"]) == (404, True)
