"""RabbitMQ in a container of our own: started from the official image, removed at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from hubemu.engines.rabbitmq.config import ERLANG_ARGUMENTS, BrokerConfig
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.material import (
    enter_phase,
    new_administrator,
    show_phase,
    write_material,
)
from hubemu.engines.rabbitmq.node import check_free, free_port, reachable, wait_until_up
from hubemu.errors import StartError
from hubemu.pki import Pki
from hubemu.settings import Phase
from hubemu.topology import Topology

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["DockerNode", "docker_is_there", "image"]

_IMAGE = "rabbitmq:3.13-management"
_FOLDER = PurePosixPath("/hubemu")
_LABEL = "hubemu.home"
_ANSWER_SECONDS = 3
_STOP_SECONDS = 3
_MEBIBYTE = 1024 * 1024


def image() -> str:
    """The image to start, `$HUBEMU_RABBITMQ_IMAGE` or the official one."""
    return os.environ.get("HUBEMU_RABBITMQ_IMAGE") or _IMAGE


def docker_is_there() -> bool:
    """Whether a docker daemon answers this user."""
    try:
        _client().close()
    except StartError:
        return False
    return True


class DockerNode:
    """A container of RabbitMQ, its files in `folder`.

    Args:
        folder: mounted into the container.
        topology: what it is to carry.
        pki: the Hub's certificates.
    """

    kind = "docker"

    def __init__(self, folder: Path, topology: Topology, pki: Pki) -> None:
        self._folder = folder
        self._topology = topology
        self._pki = pki
        self._container: Container | None = None
        self._client: DockerClient | None = None
        self._fault: str | None = None
        self.addresses: tuple[tuple[str, int], ...] = ()
        self.management: Management | None = None

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """See `Node`."""
        self._client = await asyncio.to_thread(_client)
        port = port or free_port(host)
        check_free(host, port)
        self.addresses = ((reachable(host), port),)
        shutil.rmtree(self._folder, ignore_errors=True)
        administrator = new_administrator()
        config = BrokerConfig(folder=_FOLDER)
        write_material(self._folder, self._topology, config, administrator=administrator)
        show_phase(self._folder, self._pki, phase)
        management_port = free_port()
        ports = {"5671/tcp": (host, port), "15672/tcp": ("127.0.0.1", management_port)}
        self.management = Management([f"http://127.0.0.1:{management_port}"], administrator)
        self._container = await asyncio.to_thread(self._run, self._client, ports)
        watch = asyncio.create_task(self._watch(self._container))
        try:
            await wait_until_up(self, list(self._topology.vhosts))
        finally:
            watch.cancel()
        return port

    async def stop(self) -> None:
        """See `Node`."""
        if self.management is not None:
            await self.management.close()
            self.management = None
        container, self._container = self._container, None
        if container is not None:
            await asyncio.to_thread(_remove, container)
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def show_phase(self, phase: Phase) -> None:
        """See `Node`."""
        await enter_phase(self._folder, self._pki, phase)

    def fault(self) -> str | None:
        """See `Node`."""
        return "RabbitMQ is not started" if self._container is None else self._fault

    def _run(self, client: DockerClient, ports: dict[str, Any]) -> Container:
        """Start the container, the image pulled if need be, a stale one of this home removed."""
        from docker.errors import APIError, ImageNotFound

        home = str(self._folder.parent)
        for stale in client.containers.list(all=True, filters={"label": f"{_LABEL}={home}"}):
            _remove(stale)
        try:
            return client.containers.run(
                image(),
                detach=True,
                hostname="hubemu",
                labels={_LABEL: home},
                user=_user(),
                ports=ports,
                volumes={str(self._folder): {"bind": str(_FOLDER), "mode": "ro"}},
                environment={
                    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
                    "RABBITMQ_CONFIG_FILE": str(_FOLDER / "rabbitmq.conf"),
                    "RABBITMQ_ADVANCED_CONFIG_FILE": str(_FOLDER / "advanced.config"),
                    "RABBITMQ_ENABLED_PLUGINS_FILE": str(_FOLDER / "enabled_plugins"),
                },
                mem_limit=1024 * _MEBIBYTE,
            )
        except ImageNotFound:
            raise StartError(
                f"docker cannot find the image {image()}: name one in HUBEMU_RABBITMQ_IMAGE"
            ) from None
        except APIError as error:
            raise StartError(f"docker cannot start {image()}: {error.explanation}") from None

    async def _watch(self, container: Container) -> None:
        """Find out early that the container ended."""
        while True:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(container.reload)
            if container.status == "exited":
                log = await asyncio.to_thread(container.logs, tail=200)
                self._fault = f"RabbitMQ ended by itself: {_reason(log)}"
                return


def _client() -> DockerClient:
    try:
        import docker
        from docker.errors import DockerException
    except ImportError:
        raise StartError(
            "docker's Python client is not installed: pip install 'hubemu[docker]'"
        ) from None
    try:
        client = docker.from_env(timeout=_ANSWER_SECONDS)
    except DockerException as error:
        raise StartError(_no_daemon(error)) from None
    try:
        client.ping()
    except (DockerException, OSError) as error:
        client.close()
        raise StartError(_no_daemon(error)) from None
    client.api.timeout = 60
    return client


def _no_daemon(error: Exception) -> str:
    if "Permission denied" in str(error):
        return "docker is there but not for this user: add yourself to its group, or use sudo"
    return "no docker daemon answers: start it, set DOCKER_HOST, or use --rabbitmq native"


def _user() -> str | None:
    """Ourselves, who may read the key; for root the image's own user, whom the key was given."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return None
    return f"{os.geteuid()}:{os.getegid()}"


def _remove(container: Container) -> None:
    from docker.errors import NotFound

    try:
        container.stop(timeout=_STOP_SECONDS)
        container.remove(force=True, v=True)
    except NotFound:
        # Somebody removed it before us: it is gone, which is what is wanted.
        return


def _reason(log: bytes) -> str:
    lines = log.decode("utf-8", "replace").splitlines()
    told = [line for line in lines if "ERROR" in line or "[error]" in line]
    return told[-1].strip() if told else "no reason was given"
