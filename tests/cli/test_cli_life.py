"""A Hub from `up` to its end, as a user's shell sees it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import HUBEMU, hubemu
from tests.support.live import LiveHub, live_hub

FREE = ("--port", "0", "--http-port", "0")


@pytest.fixture
def hub(home: Path) -> Iterator[LiveHub]:
    with live_hub(home) as running:
        yield running


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_status_of_a_hub_that_is_up(hub: LiveHub, home: Path) -> None:
    told = hubemu("status", home=home)
    assert told.code == 0
    assert f"pid {hub.endpoints['pid']}" in told.out
    assert hubemu("status", "--json", "--home", str(home)).json == {"up": True} | hub.endpoints


def test_a_second_hub_in_the_same_home_is_exit_3(hub: LiveHub, home: Path) -> None:
    second = hubemu("up", *FREE, home=home)
    assert (second.code, second.out) == (3, "")
    assert "already up in this home" in second.err
    assert hubemu("up", "--detach", *FREE, home=home).code == 3
    assert hubemu("status", home=home).code == 0


@pytest.mark.parametrize("option", ["--port", "--http-port"])
def test_a_busy_port_is_exit_3_and_named(home: Path, busy_port: int, option: str) -> None:
    other = "--http-port" if option == "--port" else "--port"
    ended = hubemu("up", option, str(busy_port), other, "0", home=home)
    assert (ended.code, ended.out) == (3, "")
    assert str(busy_port) in ended.err
    assert ended.err.count("\n") == 1
    assert hubemu("status", home=home).code == 1


def test_a_home_of_another_environment_is_exit_2(hub: LiveHub, home: Path) -> None:
    assert hubemu("down", home=home).code == 0
    ended = hubemu("up", *FREE, "--environment", "prod", home=home)
    assert ended.code == 2
    assert "use another --home" in ended.err


def test_a_bad_routing_table_is_exit_2_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "clients.yaml").write_text("clients:\n  - {id: fr.health.samuA}\n")
    (tmp_path / "vhosts.yaml").write_text("transverse: []\nvhosts: 3\n")
    ended = hubemu("up", *FREE, "--routing", str(tmp_path), home=tmp_path / "home")
    assert ended.code == 2
    assert "vhosts.yaml: line 2" in ended.err
    assert not (tmp_path / "home").exists()


def test_detach_returns_once_ready_and_down_stops_it(home: Path) -> None:
    started = hubemu("up", "--detach", "--json", *FREE, home=home)
    assert started.code == 0, started.err
    try:
        assert started.json == json.loads((home / "endpoints.json").read_text())
        assert started.json["pid"] != os.getpid()
        assert "The Hub is up" in (home / "hubemu.log").read_text()
    finally:
        before = time.monotonic()
        stopped = hubemu("down", home=home)
    assert stopped.code == 0
    assert time.monotonic() - before < 4
    assert hubemu("status", home=home).code == 1
    assert hubemu("down", home=home).code == 3


def test_detach_tells_why_it_did_not_start(home: Path, busy_port: int) -> None:
    ended = hubemu("up", "--detach", "--port", str(busy_port), "--http-port", "0", home=home)
    assert (ended.code, ended.out) == (3, "")
    assert str(busy_port) in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly_within_two_seconds(home: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [*HUBEMU, "up", *FREE, "--home", str(home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert b"The Hub is up" in process.stdout.readline()
        assert (home / "endpoints.json").exists()
        before = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - before < 2
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert not (home / "endpoints.json").exists()


def test_json_is_what_endpoints_json_says(home: Path) -> None:
    command = [*HUBEMU, "up", "--json", *FREE, "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = b""
        while not told.endswith(b"\n}\n"):
            line = process.stdout.readline()
            assert line
            told += line
        endpoints = json.loads((home / "endpoints.json").read_text())
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert json.loads(told) == endpoints
    assert endpoints["amqps"]["port"] > 0
    assert endpoints["certs"] == str(home / "certs")
