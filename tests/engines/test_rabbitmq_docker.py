"""RabbitMQ in a container of our own: it carries the Hub and leaves nothing behind."""

from __future__ import annotations

import gc
import io
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
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


@pytest.fixture
def old_image() -> Iterator[str]:
    """An image that says it is of another age."""
    import docker

    client = docker.from_env()
    recipe = f"FROM {image()}\nENV RABBITMQ_VERSION=3.9.29\n".encode()
    made, _ = client.images.build(
        fileobj=io.BytesIO(recipe), tag="hubemu-test-rabbitmq:3.9", rm=True
    )
    try:
        yield "hubemu-test-rabbitmq:3.9"
    finally:
        client.images.remove(str(made.id), force=True)
        client.close()


def containers_of(home: Path) -> int:
    """Containers that were made for a home, running or not."""
    import docker

    client = docker.from_env()
    try:
        return len(client.containers.list(all=True, filters={"label": f"hubemu.home={home}"}))
    finally:
        client.close()


def command(home: Path, *options: str) -> list[str]:
    start = [sys.executable, "-m", "hubemu", "up", "--engine", "rabbitmq", "--rabbitmq", "docker"]
    return [*start, "--port", "0", "--http-port", "0", "--home", str(home), *options]


def refused(home: Path, *options: str, **environment: str) -> str:
    """The one line that `up` ends with, exit 3, nothing being left."""
    done = subprocess.run(
        command(home, *options),
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | environment,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert containers_of(home) == 0
    [line] = done.stderr.strip().splitlines()
    return str(line)


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


def test_an_image_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    nowhere = "127.0.0.1:1/hubemu/rabbitmq:none"
    line = refused(tmp_path / "home", HUBEMU_RABBITMQ_IMAGE=nowhere)
    assert f"no image {nowhere} and cannot pull it" in line


def test_an_image_of_an_old_rabbitmq_is_told(tmp_path: Path, old_image: str) -> None:
    line = refused(tmp_path / "home", HUBEMU_RABBITMQ_IMAGE=old_image)
    assert f"{old_image} is RabbitMQ 3.9.29: hubemu needs 3.10 or later" in line


def test_a_busy_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        line = refused(tmp_path / "home", "--port", port)
    assert port in line
    assert "--port" in line


def test_a_hub_asked_to_stop_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with subprocess.Popen(command(home), stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while containers_of(home) == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 0
    assert told == "stopped before the Hub was ready\n"
    assert containers_of(home) == 0
