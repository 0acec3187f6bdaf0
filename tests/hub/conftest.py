"""The behaviour suite speaks only AMQPS and HTTP to a Hub of its own, one for the whole suite.

With HUBEMU_TEST_HOME it runs against the Hub that is up in that home instead, such as one in
containers; its routing tables must be those of `routing_with_a_short_vhost`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubemu.data import data_folder
from tests.conftest import missing
from tests.support.live import LiveHub, live_hub, running_hub

SHORT = "15-gps_v1.3: {"


def routing_with_a_short_vhost(folder: Path) -> Path:
    """The built-in tables, but messages wait two seconds on one vHost (`LiveHub.short_vhost`)."""
    routing = folder / "routing"
    shutil.copytree(data_folder("routing"), routing)
    vhosts = routing / "vhosts.yaml"
    text = vhosts.read_text()
    assert SHORT in text
    vhosts.write_text(text.replace(SHORT, f"{SHORT}ttl: 2, "))
    return routing


RUNNING = os.environ.get("HUBEMU_TEST_HOME")


@pytest.fixture(scope="session", params=["running"] if RUNNING else ["embedded", "rabbitmq"])
def the_hub(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveHub]:
    """One Hub for all tests of the suite on an engine, RabbitMQ being a node of its own."""
    if RUNNING:
        yield running_hub(Path(RUNNING))
        return
    folder = tmp_path_factory.mktemp("hub")
    options = ["--routing", str(routing_with_a_short_vhost(folder))]
    if request.param == "rabbitmq":
        if shutil.which("rabbitmq-server") is None:
            missing("rabbitmq", "no rabbitmq-server is installed here")
        options += ["--engine", "rabbitmq", "--rabbitmq", "native"]
    with live_hub(folder / "home", *options) as hub:
        yield hub


@pytest.fixture
def hub(the_hub: LiveHub) -> LiveHub:
    """The Hub, as at its start."""
    the_hub.http("POST", "/api/v1/reset")
    return the_hub
