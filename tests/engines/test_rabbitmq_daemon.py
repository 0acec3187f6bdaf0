"""What is said when docker, an image or a version will not do; no daemon is needed here."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError, DockerException, ImageNotFound

from hubemu.clock import Clock
from hubemu.engines.rabbitmq import docker as docker_node
from hubemu.engines.rabbitmq.daemon import check_image, image_for, reach_docker
from hubemu.engines.rabbitmq.docker import DockerNode
from hubemu.engines.rabbitmq.engine import RabbitMqEngine
from hubemu.engines.rabbitmq.version import check_version
from hubemu.errors import StartError
from hubemu.pki import IdentityRequest, Pki, ensure_pki
from hubemu.routing import load_routing
from hubemu.settings import Environment, Phase, QueueType
from hubemu.supervision import Supervision
from hubemu.topology import Topology, build_topology
from tests.support.connection_log import silent_log

NAME = "rabbitmq:3.13-management"


class FakeImage:
    """An image that tells what the official ones tell."""

    def __init__(self, *variables: str) -> None:
        self.attrs = {"Config": {"Env": list(variables)}}


class FakeContainer:
    """A container that cannot start, or runs until it is removed."""

    name = "lonely_turing"
    status = "running"

    def logs(self, **_options: object) -> list[bytes]:
        """It says nothing."""
        return []

    def __init__(self, fault: Exception | None) -> None:
        self.fault = fault
        self.removed = False

    def start(self) -> None:
        """Start, or fail."""
        if self.fault is not None:
            raise self.fault

    def reload(self) -> None:
        """Nothing changes."""

    def stop(self, timeout: int) -> None:
        """Stop."""

    def remove(self, *, force: bool, v: bool) -> None:
        """Be gone."""
        self.removed = True


class FakeDocker:
    """A daemon that has an image or not, and one container; it is all its own parts.

    Args:
        image: what it has.
        pulled: what a pull comes to: the daemon's lines, or its refusal.
        fault: why containers cannot start.
    """

    def __init__(
        self,
        image: FakeImage | None = None,
        pulled: list[dict[str, str]] | Exception | None = None,
        fault: Exception | None = None,
    ) -> None:
        self.images = self.api = self.containers = self
        self.image = image
        self.pulled = pulled
        self.container = FakeContainer(fault)
        self.closed = False
        self.created = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def get(self, name: str) -> FakeImage:
        """The image."""
        if self.image is None:
            raise ImageNotFound(f"No such image: {name}")
        return self.image

    def pull(self, repository: str, tag: str, **_: Any) -> Iterator[dict[str, str]]:
        """The lines of a pull, after which the image is there."""
        assert (repository, tag) == ("rabbitmq", "3.13-management")
        if isinstance(self.pulled, Exception):
            raise self.pulled
        yield from self.pulled or []
        self.image = FakeImage()

    def list(self, **_: Any) -> list[FakeContainer]:
        """The stale containers of a home."""
        return []

    def create(self, image: str, **_: Any) -> FakeContainer:
        """The container, when it may be made."""
        self.created.set()
        self.may_go_on.wait(10)
        return self.container

    def close(self) -> None:
        """Let go."""
        self.closed = True


def never() -> bool:
    return False


def test_without_its_python_client_docker_is_told_to_be_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)
    with pytest.raises(StartError, match=rf"{re.escape(sys.executable)} -m pip install docker"):
        reach_docker()


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("('Connection aborted.', PermissionError(13, 'Permission denied'))", "not for this user"),
        ("('Connection aborted.', FileNotFoundError(2, 'No such file'))", "no docker daemon"),
        ("Invalid bind address protocol: bogus://x", "set DOCKER_HOST"),
        ("Install paramiko package to enable ssh:// support", "does not reach docker by ssh"),
    ],
)
def test_a_daemon_that_does_not_answer_is_told_with_the_mend(
    monkeypatch: pytest.MonkeyPatch, problem: str, told: str
) -> None:
    def refuse(**_: Any) -> None:
        raise DockerException(f"Error while fetching server API version: {problem}")

    monkeypatch.setattr(docker, "from_env", refuse)
    monkeypatch.setenv("DOCKER_HOST", "unix:///some.sock")
    with pytest.raises(StartError, match=told) as error:
        reach_docker()
    assert "unix:///some.sock" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    "pulled",
    [
        APIError("500", explanation='Get "https://registry/v2/":\nno such host'),
        ImageNotFound("404", explanation="manifest unknown"),
        [{"status": "Pulling"}, {"error": "toomanyrequests"}],
        ConnectionResetError("the daemon went away"),
    ],
)
def test_an_image_that_cannot_be_pulled_is_told_on_one_line(pulled: Any) -> None:
    with pytest.raises(StartError, match="cannot pull it") as error:
        image_for(FakeDocker(pulled=pulled), NAME, never)  # type: ignore[arg-type]  # a stand-in
    assert "HUBEMU_RABBITMQ_IMAGE" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_an_image_that_is_not_here_is_pulled() -> None:
    daemon = FakeDocker(pulled=[{"status": "Pulling"}])
    # A stand-in.
    assert image_for(daemon, NAME, never) is daemon.image  # type: ignore[arg-type, comparison-overlap]


def test_a_pull_ends_when_it_is_not_wanted_any_more() -> None:
    daemon = FakeDocker(pulled=[{"status": "Pulling"}])
    with pytest.raises(StartError, match="stopped"):
        image_for(daemon, NAME, lambda: True)  # type: ignore[arg-type]  # a stand-in
    assert daemon.image is None


@pytest.mark.parametrize("version", ["3.9.29", "2.8.7", "0.0.0"])
def test_an_old_rabbitmq_is_refused(version: str) -> None:
    with pytest.raises(StartError, match=r"3\.10 or later"):
        check_version(version, "the broker")
    with pytest.raises(StartError, match=f"{NAME} is RabbitMQ {version}"):
        # A stand-in.
        check_image(FakeImage("HOME=/", f"RABBITMQ_VERSION={version}"), NAME)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["3.10.0", "3.13.7+4", "4.0.5", "10.0.0-rc.1", "main"])
def test_a_newer_rabbitmq_or_one_that_does_not_say_is_taken(version: str) -> None:
    check_version(version, "the broker")
    # A stand-in.
    check_image(FakeImage(f"RABBITMQ_VERSION={version}"), NAME)  # type: ignore[arg-type]
    check_image(FakeImage(), NAME)  # type: ignore[arg-type]  # a stand-in


@pytest.fixture(scope="module")
def topology() -> Topology:
    return build_topology(load_routing(), Environment.SANDBOX, 60, queue_type=QueueType.CLASSIC)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    name = IdentityRequest("fr.health.samuA", "fr.health.samuA", "samua.example")
    return ensure_pki(
        tmp_path_factory.mktemp("pki") / "certs",
        environment=Environment.SANDBOX,
        clients=[name],
        sans=(),
        now=Clock().datetime(),
    )


def node_on(
    daemon: FakeDocker, monkeypatch: pytest.MonkeyPatch, folder: Path, topology: Topology, pki: Pki
) -> DockerNode:
    monkeypatch.setattr(docker_node, "reach_docker", lambda: daemon)
    return DockerNode(folder / "rabbitmq", topology, pki, Supervision())


async def started_then_stopped(node: DockerNode) -> None:
    try:
        await node.start("127.0.0.1", 0, Phase.IGC)
    finally:
        await node.stop()


def test_a_container_that_cannot_start_is_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, topology: Topology, pki: Pki
) -> None:
    fault = APIError("500", explanation="driver failed: port is already allocated")
    daemon = FakeDocker(FakeImage(), fault=fault)
    node = node_on(daemon, monkeypatch, tmp_path, topology, pki)
    with pytest.raises(StartError, match=r"cannot start .* already allocated"):
        asyncio.run(started_then_stopped(node))
    assert daemon.container.removed
    assert daemon.closed


def test_a_start_that_is_given_up_removes_what_is_still_being_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, topology: Topology, pki: Pki
) -> None:
    daemon = FakeDocker(FakeImage())
    daemon.may_go_on.clear()
    node = node_on(daemon, monkeypatch, tmp_path, topology, pki)

    async def give_up() -> None:
        start = asyncio.create_task(node.start("127.0.0.1", 0, Phase.IGC))
        await asyncio.to_thread(daemon.created.wait, 10)
        start.cancel()
        await asyncio.gather(start, return_exceptions=True)
        asyncio.get_running_loop().call_later(0.05, daemon.may_go_on.set)
        await node.stop()

    asyncio.run(give_up())
    assert daemon.container.removed
    assert daemon.closed


class OldNode:
    """A node that is up, but of another age."""

    kind = "existing"
    proxied = False
    addresses = (("127.0.0.1", 5671),)

    def __init__(self) -> None:
        self.management = self

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """Be up."""
        return port

    async def version(self) -> str:
        """What the management API says."""
        return "3.8.34"


def test_an_old_broker_is_refused_wherever_it_comes_from(topology: Topology, pki: Pki) -> None:
    # A stand-in.
    engine = RabbitMqEngine(OldNode(), topology, pki, Clock(), silent_log(), Supervision())  # type: ignore[arg-type]
    with pytest.raises(StartError, match=r"the broker is RabbitMQ 3\.8\.34: hubemu needs 3\.10"):
        asyncio.run(engine.start("127.0.0.1", 5671, Phase.IGC))
