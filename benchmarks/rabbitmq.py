"""A RabbitMQ node as it comes out of the box, private to one benchmark, on plain TCP."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from hubemu.engines.rabbitmq.node import free_port
from hubemu.engines.rabbitmq.process import environment_without_rabbitmq, find_server

__all__ = ["need_rabbitmq", "plain_rabbitmq"]

_LOCAL = "127.0.0.1"
_PATIENCE = 120.0
"""Seconds a node may take to boot."""
_STOP_SECONDS = 10.0


def need_rabbitmq() -> Path:
    """The start script of the RabbitMQ that is installed here.

    Raises:
        SystemExit: none is.
    """
    server = find_server()
    if server is None or shutil.which("epmd") is None:
        raise SystemExit(
            "no rabbitmq-server here to compare with: install RabbitMQ "
            "(Debian: apt-get install rabbitmq-server), or leave it out with --alone"
        )
    return server


@contextlib.contextmanager
def plain_rabbitmq(folder: Path) -> Iterator[tuple[int, int]]:
    """A node with everything of it in `folder`; its process id and port while the block runs."""
    server = need_rabbitmq()
    folder.mkdir()
    port = free_port()
    (folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = {_LOCAL}:{port}\n")
    (folder / "enabled_plugins").write_text("[].\n")
    environment = _environment(folder)
    with contextlib.ExitStack() as started, (folder / "rabbitmq.log").open("wb") as log:
        for command in (["epmd", "-address", _LOCAL], [str(server)]):
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            started.callback(_stop, process)
        _wait_until_up(process, port, folder / "rabbitmq.log")
        yield process.pid, port


def _environment(folder: Path) -> dict[str, str]:
    return environment_without_rabbitmq() | {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"benchmark-{os.getpid()}@localhost",
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_CRASH_DUMP": "/dev/null",
    }


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((_LOCAL, port), 5) as client:
            client.sendall(b"AMQP\0\0\x09\x01")
            if client.recv(1):
                return
        time.sleep(0.1)
    raise SystemExit(f"RabbitMQ did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
