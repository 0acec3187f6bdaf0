"""RabbitMQ in a container of our own: it carries the Hub and leaves nothing behind."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest

from hubemu.engines.rabbitmq.docker import docker_is_there, image
from tests.conftest import missing
from tests.support.live import live_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"


@pytest.fixture(scope="module", autouse=True)
def daemon() -> None:
    with warnings.catch_warnings():
        # docker's client leaves the socket open on which no daemon answered.
        warnings.simplefilter("ignore", ResourceWarning)
        there = docker_is_there()
        gc.collect()
    if not there:
        missing("docker", "no docker daemon answers here")
    import docker
    from docker.errors import ImageNotFound

    client = docker.from_env()
    try:
        client.images.get(image())
    except ImageNotFound:
        missing("docker", f"the image {image()} is not here: docker pull {image()}")
    finally:
        client.close()


def containers_of(home: Path) -> int:
    """Containers that were made for a home, running or not."""
    import docker

    client = docker.from_env()
    try:
        return len(client.containers.list(all=True, filters={"label": f"hubemu.home={home}"}))
    finally:
        client.close()


def test_a_container_carries_the_hub_and_is_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with live_hub(home, "--engine", "rabbitmq", "--rabbitmq", "docker") as hub:
        assert containers_of(home) == 1
        broker = hub.http("GET", "/health")["components"]["broker"]
        assert (broker["status"], broker["details"]["source"]) == ("UP", "docker")
        message = envelope(A, C)
        with hub.connect(A) as sender, hub.connect(C) as recipient:
            sender.publish(as_bytes(message))
            came = recipient.take("message").json
            assert came["distributionID"] == message["distributionID"]
        assert hub.http("PUT", "/api/v1/phase", {"phase": "dual"})["phase"] == "dual"
        with hub.connect(A, identity="legacy", trust="dual"):
            pass
    assert containers_of(home) == 0
