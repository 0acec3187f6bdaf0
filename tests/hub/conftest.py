"""The behaviour suite speaks only AMQPS and HTTP to a Hub of its own, one for the whole suite.

With HUBEMU_TEST_HOME it runs against the Hub that is up in that home instead, such as one in
containers; its routing tables must be those of `routing_with_a_short_vhost`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from hubemu.data_folders import data_folder
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


@pytest.fixture(scope="session")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], LiveHub]]:
    """The Hub on an engine, started when it is first asked for and kept until the suite ends.

    A parametrised fixture would be torn down at each change of engine, which is twice a file.
    """
    up: dict[str, LiveHub] = {}
    with ExitStack() as at_the_end:

        def on(engine: str) -> LiveHub:
            if engine not in up:
                hub = _running(engine, tmp_path_factory.mktemp(engine))
                up[engine] = at_the_end.enter_context(hub)
            return up[engine]

        yield on


@pytest.fixture(scope="session", params=["running"] if RUNNING else ["embedded", "rabbitmq"])
def the_hub(request: pytest.FixtureRequest, hubs: Callable[[str], LiveHub]) -> LiveHub:
    """One Hub for all tests of the suite on an engine, RabbitMQ being a node of its own."""
    return running_hub(Path(RUNNING)) if RUNNING else hubs(request.param)


def _running(engine: str, folder: Path) -> AbstractContextManager[LiveHub]:
    options = ["--routing", str(routing_with_a_short_vhost(folder))]
    if engine == "rabbitmq":
        if shutil.which("rabbitmq-server") is None:
            missing("rabbitmq", "no rabbitmq-server is installed here")
        options += ["--engine", "rabbitmq", "--rabbitmq", "native"]
    return live_hub(folder / "home", *options)


@pytest.fixture
def hub(the_hub: LiveHub) -> LiveHub:
    """The Hub, as at its start."""
    the_hub.http("POST", "/api/v1/reset")
    return the_hub
