"""RabbitMQ in a container of our own: started from the official image, removed at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from hubemu.engines.rabbitmq.config import ERLANG_ARGUMENTS, SCHEDULERS, BrokerConfig
from hubemu.engines.rabbitmq.container_log import copy_log
from hubemu.engines.rabbitmq.daemon import (
    check_image,
    image_for,
    reach_docker,
    reason_of,
    why_no_docker,
)
from hubemu.engines.rabbitmq.erlang import SCRIPT, ErlangShell
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.node import check_free, free_port, reachable, wait_until_up
from hubemu.engines.rabbitmq.node_files import (
    enter_phase,
    new_administrator,
    show_certificate,
    show_phase,
    write_material,
)
from hubemu.errors import CheckFailed, StartError
from hubemu.pki import Pki
from hubemu.settings import Phase
from hubemu.supervision import Supervision
from hubemu.topology import Topology

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["DockerNode", "docker_is_there", "image"]

_IMAGE = "rabbitmq:3.13-management"
_FOLDER = PurePosixPath("/hubemu")
_LABEL = "hubemu.home"
_LOOK_SECONDS = 0.5
_STOP_SECONDS = 3
_MEBIBYTE = 1024 * 1024
_OPEN_FILES = 16_384
"""Erlang makes a table of as many as the system allows: a thousand million with some daemons."""


def image() -> str:
    """The image to start, `$HUBEMU_RABBITMQ_IMAGE` or the official one."""
    return os.environ.get("HUBEMU_RABBITMQ_IMAGE") or _IMAGE


def docker_is_there() -> bool:
    """Whether a docker daemon answers this user."""
    return why_no_docker() is None


class DockerNode:
    """A container of RabbitMQ, its files in `folder`.

    Args:
        folder: mounted into the container.
        topology: what it is to carry.
        pki: the Hub's certificates.
        supervision: keeps alive what must not end.
        proxied: whether a relay stands before it.
    """

    kind = "docker"

    def __init__(
        self,
        folder: Path,
        topology: Topology,
        pki: Pki,
        supervision: Supervision,
        *,
        proxied: bool = False,
    ) -> None:
        self._supervision = supervision
        self.proxied = proxied
        self._folder = folder
        self._topology = topology
        self._pki = pki
        self._container: Container | None = None
        self._client: DockerClient | None = None
        self._starting: asyncio.Task[Container] | None = None
        self._stopped = False
        self._fault: str | None = None
        self.addresses: tuple[tuple[str, int], ...] = ()
        self.log_files = (folder / "rabbitmq.log",)
        self.management: Management | None = None
        self.shell = ErlangShell(self._evaluate)

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """See `Node`."""
        self._client = await asyncio.to_thread(reach_docker)
        port = port or free_port(host)
        check_free(host, port)
        self.addresses = ((reachable(host), port),)
        shutil.rmtree(self._folder, ignore_errors=True)
        administrator = new_administrator()
        config = BrokerConfig(folder=_FOLDER, proxied=self.proxied, lasting=False)
        write_material(self._folder, self._topology, config, administrator=administrator)
        show_phase(self._folder, self._pki, phase)
        management_port = free_port()
        ports = {"5671/tcp": (host, port), "15672/tcp": ("127.0.0.1", management_port)}
        self.management = Management([f"http://127.0.0.1:{management_port}"], administrator)
        self._starting = asyncio.create_task(asyncio.to_thread(self._run, self._client, ports))
        # The thread cannot be cancelled: `stop` waits for it, and removes what it made.
        container = await asyncio.shield(self._starting)
        watch = self._supervision.keep(
            "watching RabbitMQ's container", partial(self._watch, container)
        )
        try:
            await wait_until_up(self, list(self._topology.vhosts))
        finally:
            watch.cancel()
        await self.shell.try_out()
        return port

    async def stop(self) -> None:
        """See `Node`."""
        if self.management is not None:
            await self.management.close()
            self.management = None
        self._stopped = True
        if self._starting is not None:
            await asyncio.gather(self._starting, return_exceptions=True)
        container, self._container = self._container, None
        client, self._client = self._client, None
        try:
            if container is not None:
                await asyncio.to_thread(_remove, container)
        finally:
            if client is not None:
                client.close()

    def use_certificates(self, pki: Pki) -> None:
        """See `Node`."""
        self._pki = pki

    async def show_phase(self, phase: Phase) -> None:
        """See `Node`."""
        await enter_phase(self._folder, self._pki, phase, self.shell)

    async def show_certificate(self, chain: bytes, key: bytes) -> None:
        """See `Node`."""
        await show_certificate(self._folder, chain, key, self.shell)

    async def _evaluate(self, variables: Mapping[str, str]) -> bytes:
        if self._container is None:
            raise CheckFailed("RabbitMQ is not started")
        return await asyncio.to_thread(_evaluated, self._container, variables)

    def fault(self) -> str | None:
        """See `Node`."""
        return "RabbitMQ is not started" if self._container is None else self._fault

    def _run(self, client: DockerClient, ports: dict[str, Any]) -> Container:
        """Start the container, the image pulled if need be, a stale one of this home removed."""
        from docker.errors import DockerException
        from docker.types import Ulimit

        check_image(image_for(client, image(), lambda: self._stopped), image())
        home = str(self._folder.parent)
        for stale in client.containers.list(all=True, filters={"label": f"{_LABEL}={home}"}):
            _remove(stale)
        try:
            # Made and started in two steps: one that cannot start is there all the same.
            self._container = client.containers.create(
                image(),
                hostname="hubemu",
                labels={_LABEL: home},
                user=_user(),
                ports=ports,
                volumes={str(self._folder): {"bind": str(_FOLDER), "mode": "ro"}},
                environment={
                    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
                    "RABBITMQ_SCHEDULER_BIND_TYPE": SCHEDULERS,
                    "RABBITMQ_CONFIG_FILE": str(_FOLDER / "rabbitmq.conf"),
                    "RABBITMQ_ADVANCED_CONFIG_FILE": str(_FOLDER / "advanced.config"),
                    "RABBITMQ_ENABLED_PLUGINS_FILE": str(_FOLDER / "enabled_plugins"),
                },
                mem_limit=1024 * _MEBIBYTE,
                ulimits=[Ulimit(name="nofile", soft=_OPEN_FILES, hard=_OPEN_FILES)],
            )
            self._container.start()
            copy_log(self._container, *self.log_files, self._supervision)
        except (DockerException, OSError) as error:
            raise StartError(f"docker cannot start {image()}: {reason_of(error)}") from None
        return self._container

    async def _watch(self, container: Container) -> None:
        """Find out early that the container ended."""
        while self._fault is None:
            await asyncio.sleep(_LOOK_SECONDS)
            self._fault = await asyncio.to_thread(_end_of, container)


def _end_of(container: Container) -> str | None:
    """Why a container ended, `None` while it runs."""
    from docker.errors import DockerException, NotFound

    try:
        container.reload()
        if container.status not in ("exited", "dead"):
            return None
        log = container.logs(tail=200)
    except NotFound:
        return "RabbitMQ's container was removed by somebody else"
    except (DockerException, OSError) as error:
        return f"docker does not answer any more: {reason_of(error)}"
    code = container.attrs["State"]["ExitCode"]
    return f"RabbitMQ ({image()}) ended by itself with exit code {code}: {_reason(log)}"


def _evaluated(container: Container, variables: Mapping[str, str]) -> bytes:
    from docker.errors import DockerException

    try:
        _, said = container.exec_run(["/bin/sh", "-c", SCRIPT], environment=dict(variables))
    except (DockerException, OSError) as error:
        raise CheckFailed(f"docker does not ask RabbitMQ: {reason_of(error)}") from None
    return said if isinstance(said, bytes) else b"".join(said)


def _user() -> str | None:
    """Ourselves, who may read the key; for root the image's own user, whom the key was given."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return None
    return f"{os.geteuid()}:{os.getegid()}"


def _remove(container: Container) -> None:
    from docker.errors import DockerException, NotFound

    try:
        container.stop(timeout=_STOP_SECONDS)
        container.remove(force=True, v=True)
    except NotFound:
        # Somebody removed it before us: it is gone, which is what is wanted.
        return
    except (DockerException, OSError) as error:
        raise StartError(
            f"RabbitMQ's container is left behind ({reason_of(error)}): "
            f"docker rm --force {container.name}"
        ) from None


def _reason(log: bytes) -> str:
    lines = log.decode("utf-8", "replace").splitlines()
    told = [line for line in lines if "ERROR" in line or "[error]" in line] or lines
    return next((line.strip() for line in reversed(told) if line.strip()), "no reason was given")
