"""A `rabbitmq-server` process that shares nothing with another one on this machine.

It has its own data, log and port mapper, and ends with whoever started it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from hubemu.engines.rabbitmq.bootlog import boot_failure
from hubemu.engines.rabbitmq.config import ERLANG_ARGUMENTS, SCHEDULERS
from hubemu.engines.rabbitmq.erlang import SCRIPT
from hubemu.engines.rabbitmq.node import free_port
from hubemu.engines.rabbitmq.node_data import make_data_folder, memory_of, remove_data
from hubemu.errors import CheckFailed, StartError

__all__ = [
    "NodeProcess",
    "environment_without_rabbitmq",
    "erl_call_is_there",
    "find_server",
]

_DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_WRAPPER = "rabbitmq-script-wrapper"
_STOP_SECONDS = 3.0
"""Enough to tell the clients; what is on disk is thrown away, so nothing is waited for."""
_ANSWER_SECONDS = 30.0
_LOCAL = "127.0.0.1"

_KEEPER = """\
# Keeps a node and its port mapper for as long as somebody holds this script's standard input, and
# removes what it wrote into memory, which would stay there.
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
[ -z "$2" ] || rm -rf -- "$2"
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


def erl_call_is_there() -> bool:
    """Whether a node can be asked by Erlang's own tool (see `erlang.SCRIPT`, which looks alike)."""
    if shutil.which("erl_call") is not None:
        return True
    erl = shutil.which("erl")
    beside = "lib/erl_interface-*/bin/erl_call"
    return erl is not None and any(Path(erl).resolve().parent.parent.glob(beside))


def server_is_there() -> bool:
    """Whether RabbitMQ and Erlang are installed."""
    return find_server() is not None and shutil.which("epmd") is not None


class NodeProcess:
    """The process of a node whose configuration is in `folder`, as `write_material` writes it.

    Its log goes into the folder too, its data into memory or the folder; `stop` removes the data.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keeper: asyncio.subprocess.Process | None = None
        self._server = Path()
        self._variables: dict[str, str] = {}

    @property
    def log_file(self) -> Path:
        """What the node says."""
        return self._folder / "rabbitmq.log"

    async def start(self) -> None:
        """Have it boot; `fault` tells when it cannot.

        Raises:
            StartError: RabbitMQ or Erlang is not installed.
        """
        server = find_server()
        if server is None or not server_is_there():
            raise StartError(
                "no rabbitmq-server is installed here: install RabbitMQ 3.10 or later "
                "(Debian: apt-get install rabbitmq-server), or use --rabbitmq docker"
            )
        data = make_data_folder(self._folder)
        self._server, self._variables = server, self._environment(data)
        with self.log_file.open("wb") as log:
            self._keeper = await asyncio.create_subprocess_exec(
                "/bin/sh",
                "-c",
                _KEEPER,
                "hubemu-rabbitmq",
                str(server),
                str(memory_of(self._folder) or ""),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._variables,
                cwd=self._folder,
                # Ctrl-C in our terminal is ours to handle: the node stops when we say so.
                start_new_session=True,
            )

    async def stop(self) -> None:
        """End it and remove its data. Safe to call twice."""
        keeper, self._keeper = self._keeper, None
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
        remove_data(self._folder)

    async def evaluate(self, variables: Mapping[str, str]) -> bytes:
        """Have the node evaluate Erlang; what that printed (see `ErlangShell`).

        Raises:
            CheckFailed: the node is silent.
        """
        control = str(self._server.with_name("rabbitmqctl"))
        tool = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            SCRIPT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._variables | {"CONTROL_PROGRAM": control, **variables},
            cwd=self._folder,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                said, _ = await tool.communicate()
        except TimeoutError:
            raise CheckFailed(f"RabbitMQ does not answer in {_ANSWER_SECONDS:.0f} s") from None
        finally:
            if tool.returncode is None:
                os.killpg(tool.pid, signal.SIGKILL)
                await tool.wait()
        return said

    def fault(self) -> str | None:
        """Why it does not run, `None` while it does."""
        if self._keeper is None:
            return "RabbitMQ is not started"
        if self._keeper.returncode is None:
            return None
        reason = boot_failure(self.log_file.read_text("utf-8", "replace"))
        return f"RabbitMQ ended by itself: {reason} (log: {self.log_file})"

    def _environment(self, data: Path) -> dict[str, str]:
        folder = self._folder
        return environment_without_rabbitmq() | {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"hubemu-{os.getpid()}@localhost",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(data),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_SCHEDULER_BIND_TYPE": SCHEDULERS,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"-noinput -kernel inet_dist_use_interface {{127,0,0,1}} {ERLANG_ARGUMENTS}"
            ),
            "ERL_EPMD_ADDRESS": _LOCAL,
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_CRASH_DUMP": "/dev/null",
        }
