"""`hubemu broker` as a user's shell sees it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import HUBEMU, hubemu, hubemu_here


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_stops_cleanly(number: signal.Signals) -> None:
    command = [*HUBEMU, "broker", "--port", "0", "--vhost", "orders", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as broker:
        assert broker.stdout is not None
        told = json.loads(broker.stdout.readline())
        assert told["pid"] == broker.pid
        assert told["vhosts"] == ["/", "orders"]
        with socket.create_connection((told["amqp"]["host"], told["amqp"]["port"]), 5) as client:
            client.sendall(b"AMQP\x00\x00\x09\x01")
            assert client.recv(1) == b"\x01"
        broker.send_signal(number)
        assert broker.wait(5) == 0


def test_a_busy_port_is_exit_3() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = hubemu("broker", "--port", str(port))
    assert (ended.code, ended.out) == (3, "")
    assert str(port) in ended.err
    assert "another --port" in ended.err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--user", "guest"], "--user"),
        (["--tls-cert", "a.crt"], "--tls-key"),
        (["--tls-ca", "ca.pem"], "--tls-cert"),
        (["--tls-cert", "nope.crt", "--tls-key", "nope.key"], "nope.crt: cannot be read"),
        (["--port", "70000"], "--port"),
    ],
)
def test_unusable_options_are_exit_2(options: list[str], named: str, tmp_path: Path) -> None:
    ended = hubemu_here("broker", "--port", "0", *options, home=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert named in ended.err
    assert ended.err.count("\n") == 1


def test_it_loads_only_what_it_needs_to_be_ready_at_once() -> None:
    python, *rest = HUBEMU
    command = [python, "-X", "importtime", *rest, "broker", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as broker:
        assert broker.stdout is not None
        assert broker.stdout.readline().startswith("The broker is up")
        broker.terminate()
        _, times = broker.communicate(timeout=5)
    loaded = {line.rpartition("|")[2].strip() for line in times.splitlines()}
    assert {"click", "asyncio", "hubemu.broker.server"} <= loaded
    assert not loaded & {"typer", "rich", "pydantic", "cryptography", "lxml", "httpx", "starlette"}
    assert not loaded & {"hubemu.cli.hub_options", "hubemu.hub", "hubemu.routing"}
