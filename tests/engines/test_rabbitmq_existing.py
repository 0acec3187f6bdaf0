"""A RabbitMQ that somebody else runs with exported files: used, missed, found wanting."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from hubemu.engines.rabbitmq.process import find_server
from tests.conftest import missing
from tests.support.brokers import ExportedBroker
from tests.support.commands import hubemu
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

A, C, NEW = "fr.health.samuA", "fr.health.samuC", "fr.health.samuX"
VHOST = "15-15_v2.0"
PATIENCE = 20.0


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("existing")


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[ExportedBroker]:
    """With a vHost less than a Hub needs."""
    broker = ExportedBroker(folder / "broker", folder / "home", "--administrator")
    boot = broker.folder / "boot.json"
    content = json.loads(boot.read_text())
    for part, rows in content.items():
        key = "name" if part == "vhosts" else "vhost"
        content[part] = [row for row in rows if part == "users" or row[key] != VHOST]
    boot.write_text(json.dumps(content))
    with broker.running():
        yield broker


def refused(home: Path, url: str, **environment: str) -> str:
    """The one line that `up` ends with, exit 3."""
    options = ("--engine", "rabbitmq", "--rabbitmq", url, "--port", "0", "--http-port", "0")
    done = hubemu("up", *options, home=home, **environment)
    assert done.code == 3, done.err
    assert not (home / "endpoints.json").exists()
    [line] = done.err.strip().splitlines()
    return line


def test_what_is_not_there_is_listed(broker: ExportedBroker, folder: Path) -> None:
    line = refused(folder / "home", broker.url)
    assert f"lacks vHost {VHOST}" in line
    assert "hubemu export rabbitmq" in line
    assert "HUBEMU_RABBITMQ_MANAGEMENT" in line


def test_the_certificates_of_another_home_are_told(broker: ExportedBroker, folder: Path) -> None:
    line = refused(folder / "other", broker.url)
    assert "an authority that this home does not trust" in line


def test_a_wrong_password_is_told(broker: ExportedBroker, folder: Path) -> None:
    given = f"http://hubemu:wrong@127.0.0.1:{broker.management_port}"
    line = refused(folder / "home", broker.url, HUBEMU_RABBITMQ_MANAGEMENT=given)
    assert "refuses the login of hubemu" in line
    assert "wrong" not in line


def test_the_management_port_is_no_broker(broker: ExportedBroker, folder: Path) -> None:
    line = refused(folder / "home", f"amqps://127.0.0.1:{broker.management_port}")
    assert "does not speak TLS there" in line


def test_the_topology_is_applied_through_the_management_api(
    broker: ExportedBroker, folder: Path
) -> None:
    home = folder / "home"
    options = ("--engine", "rabbitmq", "--rabbitmq", broker.url)
    given = {"HUBEMU_RABBITMQ_MANAGEMENT": broker.management_url}
    with live_hub(home, *options, environment=given) as hub:
        exchange(hub)
        hub.http("POST", "/api/v1/clients", {"id": NEW})
        exchange(hub, NEW)
        hub.http("DELETE", f"/api/v1/clients/{NEW}")


def test_a_broker_without_its_plugins_is_told(tmp_path: Path, folder: Path) -> None:
    broker = ExportedBroker(tmp_path / "broker", folder / "home", "--administrator")
    (broker.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    broker.edit('"name": "dispatcher"', '"name": "nobody"', "boot.json")
    with broker.running():
        line = refused(folder / "home", broker.url)
    assert "rabbitmq_auth_mechanism_ssl" in line


def test_definitions_that_were_dropped_without_a_word_are_told(
    tmp_path: Path, folder: Path
) -> None:
    broker = ExportedBroker(tmp_path / "broker", folder / "home")
    broker.edit('"tags": []', '"nothing": []', "boot.json")
    with broker.running():
        line = refused(folder / "home", broker.url)
    assert "ACCESS_REFUSED" in line
    assert "no user dispatcher" in line


@pytest.mark.parametrize("managed", [True, False])
def test_health_follows_the_broker(tmp_path: Path, folder: Path, managed: bool) -> None:
    broker = ExportedBroker(tmp_path / "broker", folder / "home", "--administrator")
    given = {"HUBEMU_RABBITMQ_MANAGEMENT": broker.management_url} if managed else {}
    options = ("--engine", "rabbitmq", "--rabbitmq", broker.url)
    with ExitStack() as until_the_end:
        with broker.running():
            started = live_hub(folder / "home", *options, environment=given)
            hub = until_the_end.enter_context(started)
        down, reasons = wait_for(hub, 503)
        assert down["components"]["broker"]["status"] == "DOWN"
        assert down["components"]["dispatcher"]["status"] == "DOWN"
        assert f"nothing listens at 127.0.0.1:{broker.port}" in reasons[0]
        assert reasons[1:] == ["the dispatcher does not consume"]
        with broker.running():
            assert wait_for(hub, 200)[1] == []
            exchange(hub)
            if managed:
                lose_a_vhost(hub, broker)
            else:
                find_that_no_client_can_be_added(hub)


def find_that_no_client_can_be_added(hub: LiveHub) -> None:
    """It is said, and nothing of it is done; what the broker need not know of is changed."""
    before = hub.http("GET", "/api/v1/routing")
    status, problem = hub.refused("POST", "/api/v1/clients", {"id": NEW})
    assert status == 409
    assert "set HUBEMU_RABBITMQ_MANAGEMENT to its URL" in problem["detail"]
    assert hub.http("GET", "/api/v1/routing") == before
    hub.http("PUT", f"/api/v1/clients/{A}", {"editor": "Moi"})
    exchange(hub)


def lose_a_vhost(hub: LiveHub, broker: ExportedBroker) -> None:
    broker.management("DELETE", f"/api/vhosts/{quote(VHOST)}")
    assert f"vHost {VHOST} is not there" in wait_for(hub, 503)[1]


def wait_for(hub: LiveHub, status: int) -> tuple[Any, list[str]]:
    """Health and the reasons of not being ready, once they are told with this status."""
    deadline = time.monotonic() + PATIENCE
    while (told := ask(hub, "/health"))[0] != status or (ready := ask(hub, "/ready"))[0] != status:
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
    return told[1], ready[1]["reasons"]


def ask(hub: LiveHub, path: str) -> tuple[int, Any]:
    try:
        return 200, hub.http("GET", path)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def exchange(hub: LiveHub, sent_by: str = A) -> None:
    with hub.connect(sent_by) as sender, hub.connect(C) as recipient:
        message = envelope(sent_by, C)
        sender.publish(as_bytes(message))
        came = recipient.take("message").json["distributionID"]
    assert came == message["distributionID"]
