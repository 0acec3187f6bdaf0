"""A node of our own that cannot be started, or is not what it was started with; none is needed."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hubemu.engines.rabbitmq import node as node_module
from hubemu.engines.rabbitmq.definitions import Administrator
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.node import wait_until_up
from hubemu.errors import StartError
from tests.support.commands import hubemu
from tests.support.kept_certificates import KEPT
from tests.support.webserver import web_server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, because its certificates take their time."""
    return KEPT.given(tmp_path_factory.mktemp("node") / "home")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder to put programs in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def refused(home: Path, *options: str, path: str | None = None) -> str:
    """The one line that `up` ends with, exit 3; no process of the node is left."""
    ports = ("--port", "0", "--http-port", "0")
    arguments = ("up", "--engine", "rabbitmq", "--rabbitmq", "native", *ports, *options)
    environment = {} if path is None else {"PATH": path}
    done = hubemu(*arguments, home=home, **environment)
    assert done.code == 3, done.err
    assert not (home / "endpoints.json").exists()
    assert living_in(home / "rabbitmq") == []
    [line] = done.err.strip().splitlines()
    return line


def living_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder:
                found.append(process.name)
        except OSError:
            continue
    return found


def test_no_rabbitmq_is_told(home: Path, programs: Path) -> None:
    line = refused(home, path=str(programs))
    assert "no rabbitmq-server is installed here" in line
    assert "--rabbitmq docker" in line


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo boom >&2; exit 1", "boom"),
        ("exit 0", "no reason was given"),
        ("echo '2026 [error] <0.1.0>   - unknown variable: x'; exit 1", "unknown variable: x"),
    ],
)
def test_a_node_that_fails_to_boot_is_told(
    home: Path, programs: Path, script: str, reason: str
) -> None:
    program(programs, "rabbitmq-server", script)
    program(programs, "epmd", "exec sleep 600")
    line = refused(home, path=f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert f"RabbitMQ ended by itself: {reason}" in line
    assert "rabbitmq.log" in line


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_told(home: Path, host: str) -> None:
    line = refused(home, "--host", host)
    assert f"cannot listen on {host}" in line
    assert "--host" in line


class Booted:
    """A node that runs and listens."""

    kind = "native"

    def __init__(self, port: int, management: Management) -> None:
        self.addresses = (("127.0.0.1", port),)
        self.management = management

    def fault(self) -> str | None:
        return None


@contextmanager
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (200, b'[{"name": "other"}]', "vHost wanted is not there"),
        (401, b"", "refuses the login of admin"),
    ],
)
def test_a_node_that_dropped_its_definitions_is_told_soon(
    monkeypatch: pytest.MonkeyPatch, status: int, answer: bytes, words: str
) -> None:
    monkeypatch.setattr(node_module, "_DROPPED_AFTER", 0.2)

    async def start(amqps: int, http: int) -> None:
        management = Management([f"http://127.0.0.1:{http}"], Administrator("admin", "x"))
        try:
            # A stand-in.
            await wait_until_up(Booted(amqps, management), ["wanted"])  # type: ignore[arg-type]
        finally:
            await management.close()

    with (
        web_server(status, answer) as http,
        listening() as amqps,
        pytest.raises(StartError, match=words) as refusal,
    ):
        asyncio.run(start(amqps, http))
    assert "drops a faulty definitions file without a word" in str(refusal.value)


def test_a_node_that_is_still_booting_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The port of a container is open long before its management API answers."""
    monkeypatch.setattr(node_module, "_DROPPED_AFTER", 0.2)
    monkeypatch.setattr(node_module, "_PATIENCE", 1.5)

    async def start(amqps: int) -> None:
        management = Management(["http://127.0.0.1:1"], Administrator("admin", "x"))
        try:
            # A stand-in.
            await wait_until_up(Booted(amqps, management), ["wanted"])  # type: ignore[arg-type]
        finally:
            await management.close()

    with listening() as amqps, pytest.raises(StartError, match="not ready in 2 s"):
        asyncio.run(start(amqps))
