"""A private `rabbitmq-server` node: own ports, own folder, own port mapper, gone when we are."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path, PurePosixPath

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

__all__ = ["NativeNode", "environment_without_rabbitmq", "find_server"]

_DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_WRAPPER = "rabbitmq-script-wrapper"
_STOP_SECONDS = 3.0
"""Enough to tell the clients; what is on disk is thrown away, so nothing is waited for."""
_LOCAL = "127.0.0.1"

_KEEPER = """\
# Keeps a node and its port mapper for as long as somebody holds this script's standard input.
exec 3<&0
epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" </dev/null 3<&- &
mapper=$!
"$1" </dev/null 3<&- &
node=$!
trap 'kill $node' TERM INT
( cat <&3 >/dev/null; kill $node ) 2>/dev/null &
watch=$!
exec 3<&-
while kill -0 $node 2>/dev/null; do wait $node; code=$?; done
kill $mapper $watch 2>/dev/null
exit $code
"""


def environment_without_rabbitmq() -> dict[str, str]:
    """This process's environment, less what would tie a node to another one on this machine."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RABBITMQ_", "ERL_"))
    }


def find_server() -> Path | None:
    """The start script of an installed RabbitMQ that any user may run, if there is one."""
    found = shutil.which("rabbitmq-server")
    if found is None:
        return _DEBIAN if _DEBIAN.exists() else None
    script = Path(found).resolve()
    # Debian's wrapper insists on the system's own user and folders; what it wraps does not.
    return script.with_name("rabbitmq-server") if script.name == _WRAPPER else script


class NativeNode:
    """A node of our own, with everything of it in `folder`.

    Args:
        folder: its configuration, data and log; the data is removed at the end.
        topology: what it is to carry.
        pki: the Hub's certificates.
    """

    kind = "native"

    def __init__(self, folder: Path, topology: Topology, pki: Pki) -> None:
        self._folder = folder
        self._topology = topology
        self._pki = pki
        self._keeper: asyncio.subprocess.Process | None = None
        self._port = 0
        self.addresses: tuple[tuple[str, int], ...] = ()
        self.management: Management | None = None

    @property
    def log_file(self) -> Path:
        """What the node says."""
        return self._folder / "rabbitmq.log"

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """See `Node`."""
        server = find_server()
        if server is None or shutil.which("epmd") is None:
            raise StartError(
                "no rabbitmq-server is installed here: install RabbitMQ 3.10 or later "
                "(Debian: apt-get install rabbitmq-server), or use --rabbitmq docker"
            )
        self._port = port or free_port(host)
        check_free(host, self._port)
        self.addresses = ((reachable(host), self._port),)
        shutil.rmtree(self._folder, ignore_errors=True)
        administrator, config = new_administrator(), self._config(host)
        write_material(self._folder, self._topology, config, administrator=administrator)
        show_phase(self._folder, self._pki, phase)
        url = f"http://{_LOCAL}:{config.management_port}"
        self.management = Management([url], administrator)
        await self._run(server)
        await wait_until_up(self, list(self._topology.vhosts))
        return self._port

    async def stop(self) -> None:
        """See `Node`."""
        keeper, self._keeper = self._keeper, None
        if self.management is not None:
            await self.management.close()
            self.management = None
        if keeper is None:
            return
        if keeper.stdin is not None:
            keeper.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await keeper.wait()
        except TimeoutError:
            os.killpg(keeper.pid, signal.SIGKILL)
            await keeper.wait()
        shutil.rmtree(self._folder / "data", ignore_errors=True)

    async def show_phase(self, phase: Phase) -> None:
        """See `Node`."""
        await enter_phase(self._folder, self._pki, phase)

    def fault(self) -> str | None:
        """See `Node`."""
        if self._keeper is None:
            return "RabbitMQ is not started"
        if self._keeper.returncode is None:
            return None
        return f"RabbitMQ ended by itself: {self._last_error()} (log: {self.log_file})"

    def _config(self, host: str) -> BrokerConfig:
        return BrokerConfig(
            folder=PurePosixPath(self._folder),
            host=host,
            port=self._port,
            management_host=_LOCAL,
            management_port=free_port(),
        )

    async def _run(self, server: Path) -> None:
        with self.log_file.open("wb") as log:
            self._keeper = await asyncio.create_subprocess_exec(
                "/bin/sh",
                "-c",
                _KEEPER,
                "hubemu-rabbitmq",
                str(server),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=self._folder,
                # Ctrl-C in our terminal is ours to handle: the node stops when we say so.
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """The variables of a node that shares nothing with another one on this machine."""
        folder = self._folder
        return environment_without_rabbitmq() | {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"hubemu-{os.getpid()}@localhost",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"-noinput -kernel inet_dist_use_interface {{127,0,0,1}} {ERLANG_ARGUMENTS}"
            ),
            "ERL_EPMD_ADDRESS": _LOCAL,
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_CRASH_DUMP": "/dev/null",
        }

    def _last_error(self) -> str:
        """The line of the log that says why the node ended."""
        lines = self.log_file.read_text("utf-8", "replace").splitlines()
        told = [line for line in lines if line.startswith("ERROR:") or "[error]" in line]
        plain = [line.rpartition("> ")[2].strip() for line in told]
        return next((line for line in plain if line.startswith("ERROR:")), "no reason was given")
