"""A Hub from `up` to its end, as a user's shell sees it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from click.core import ParameterSource
from cryptography import x509

from hubemu.cli import background
from hubemu.home import Home
from tests.support.commands import HUBEMU, hubemu, hubemu_here
from tests.support.live import PATIENCE, LiveHub, live_hub

FREE = ("--port", "0", "--http-port", "0")


@pytest.fixture
def hub(home: Path) -> Iterator[LiveHub]:
    with live_hub(home) as running:
        yield running


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def watching(http: str) -> socket.socket:
    """Somebody who follows the events of a Hub, and is being told."""
    address = urlsplit(http)
    watcher = socket.create_connection((address.hostname, address.port), timeout=PATIENCE)
    watcher.sendall(
        b"GET /api/v1/events HTTP/1.1\r\nHost: %b\r\nAccept: text/event-stream\r\n\r\n"
        % address.netloc.encode()
    )
    assert watcher.recv(4096).startswith(b"HTTP/1.1 200")
    return watcher


def silent(port: int) -> socket.socket:
    """Somebody who connects to the broker and never says a word."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def see_the_end(connection: socket.socket) -> None:
    """Read until the other side ends a connection (TimeoutError: it does not)."""
    with suppress(ConnectionResetError):
        while connection.recv(4096):
            pass


def test_status_of_a_hub_that_is_up(hub: LiveHub, home: Path) -> None:
    told = hubemu("status", home=home)
    assert told.code == 0
    assert f"pid {hub.endpoints['pid']}" in told.out
    assert hubemu_here("status", "--json", "--home", str(home)).json == {"up": True} | hub.endpoints


def test_a_second_hub_in_the_same_home_is_exit_3(hub: LiveHub, home: Path) -> None:
    second = hubemu("up", *FREE, home=home)
    assert (second.code, second.out) == (3, "")
    assert "already up in this home" in second.err
    assert hubemu("up", "--detach", *FREE, home=home).code == 3
    assert hubemu_here("status", home=home).code == 0


@pytest.mark.parametrize("option", ["--port", "--http-port"])
def test_a_busy_port_is_exit_3_and_named(home: Path, busy_port: int, option: str) -> None:
    other = "--http-port" if option == "--port" else "--port"
    ended = hubemu("up", option, str(busy_port), other, "0", home=home)
    assert (ended.code, ended.out) == (3, "")
    assert str(busy_port) in ended.err
    assert ended.err.count("\n") == 1
    assert hubemu_here("status", home=home).code == 1


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
        stopped = hubemu("down", home=home)
    assert stopped.code == 0
    assert not (home / "endpoints.json").exists()  # the Hub's own last deed: it was not killed
    assert hubemu_here("status", home=home).code == 1
    again = hubemu("down", home=home)
    assert (again.code, again.out) == (0, f"no Hub is up in {home}\n")


def test_a_detached_hub_has_a_session_of_its_own_and_nothing_open_of_who_started_it(
    home: Path,
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as left_open:
        subprocess.run(
            [*HUBEMU, "up", "--detach", "--quiet", *FREE, "--home", str(home)],
            pass_fds=[writing],
            check=True,
            capture_output=True,
        )
        os.close(writing)
        try:
            pid = json.loads((home / "endpoints.json").read_text())["pid"]
            assert os.getsid(pid) == pid
            assert left_open.read() == b""
        finally:
            hubemu("down", home=home)


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_detach_by_who_has_closed_its_output(home: Path) -> None:
    command = shlex.join([*HUBEMU, "up", "--detach", *FREE, "--home", str(home)])
    try:
        ended = subprocess.run(["sh", "-c", f"{command} <&- >&- 2>&-"], check=False)
        assert ended.returncode == 0
        assert "The Hub is up" in (home / "hubemu.log").read_text()
        assert hubemu_here("status", home=home).code == 0
    finally:
        hubemu("down", home=home)


@pytest.mark.skipif(sys.platform != "linux", reason="forks are safe on Linux only")
def test_only_the_command_itself_forks_and_not_with_a_secret_among_its_arguments() -> None:
    command = click.Command("up")
    assert not background._may_fork()
    with click.Context(command):
        assert not background._may_fork(), "whoever calls a command does not return twice"
    with click.Context(command, obj="process") as context:
        assert background._may_fork()
        context.set_parameter_source("http_token", ParameterSource.ENVIRONMENT)
        assert background._may_fork()
        context.set_parameter_source("http_token", ParameterSource.COMMANDLINE)
        assert not background._may_fork()


def test_detach_tells_why_it_did_not_start(home: Path, busy_port: int) -> None:
    ended = hubemu("up", "--detach", "--port", str(busy_port), "--http-port", "0", home=home)
    assert (ended.code, ended.out) == (3, "")
    assert str(busy_port) in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly_while_others_stay_connected(
    home: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [*HUBEMU, "up", *FREE, "--home", str(home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert b"The Hub is up" in process.stdout.readline()
        endpoints = json.loads((home / "endpoints.json").read_text())
        # Neither waits for those that never leave: they see the end of the Hub, not it theirs.
        with watching(endpoints["http"]) as watcher, silent(endpoints["amqps"]["port"]) as client:
            process.send_signal(number)
            assert process.wait(timeout=PATIENCE) == 0
            see_the_end(watcher)
            see_the_end(client)
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


def test_down_after_a_kill_signals_nobody(home: Path) -> None:
    """A kill leaves the number of a process behind that may be another's by now."""
    with live_hub(home) as hub:
        os.kill(hub.endpoints["pid"], signal.SIGKILL)
        wait_until_free(home)
        with subprocess.Popen(["sleep", "60"]) as stranger:
            stale = json.loads((home / "endpoints.json").read_text()) | {"pid": stranger.pid}
            (home / "endpoints.json").write_text(json.dumps(stale))
            owner = json.loads((home / "owner").read_text()) | {"pid": stranger.pid}
            (home / "owner").write_text(json.dumps(owner))
            with (home / "lock").open("r+b") as lock, (home / "owner").open("r+b") as told:
                for one in (lock, told):  # another command looks, just now
                    fcntl.flock(one, fcntl.LOCK_SH)
                ended = hubemu("down", home=home)
            assert (ended.code, ended.out) == (0, f"no Hub is up in {home}\n")
            assert stranger.poll() is None
            stranger.kill()


def wait_until_free(home: Path) -> None:
    """Wait until the owner of a home has gone."""
    where = Home(home)
    deadline = time.monotonic() + PATIENCE
    while where.is_claimed():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_down_leaves_alone_what_owns_the_home_and_is_no_hub(home: Path) -> None:
    """As `hubemu export` does; it is waited for."""
    script = (
        "import sys, time; from pathlib import Path; from hubemu.home import Home;"
        "from hubemu.settings import Environment;"
        "h = Home(Path(sys.argv[1])); h.claim(Environment.SANDBOX); print('owned', flush=True);"
        "sys.stdin.read(); h.release()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"owned\n"
        with subprocess.Popen(
            [*HUBEMU, "down", "--home", str(home)], stdout=subprocess.PIPE
        ) as ending:
            time.sleep(0.3)
            assert other.poll() is None
            assert other.stdin is not None
            other.stdin.close()
            assert other.wait(PATIENCE) == 0
            assert ending.wait(PATIENCE) == 0


def test_host_opens_the_amqps_listener_only(home: Path) -> None:
    with live_hub(home, "--host", "0.0.0.0") as hub:
        assert hub.endpoints["amqps"]["host"] == "0.0.0.0"
        assert hub.endpoints["http"].startswith("http://127.0.0.1:")
        assert listening_on(hub.endpoints["pid"]) == {"0.0.0.0", "127.0.0.1"}
        assert hub.token is None


def listening_on(pid: int) -> set[str]:
    """The addresses (IPv4) that a process listens on, as Linux tells them."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux tells")
    own = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        socket.inet_ntoa(bytes.fromhex(row[1].partition(":")[0])[::-1])
        for row in rows
        if row[3] == "0A" and f"socket:[{row[9]}]" in own
    }


@pytest.mark.parametrize("given", [None, "our.own-token"])
def test_http_beyond_loopback_wants_a_token_that_the_commands_find(
    home: Path, given: str | None
) -> None:
    options = ("--http-host", "0.0.0.0", *(("--http-token", given) if given else ()))
    with live_hub(home, *options) as hub:
        told = (home.parent / f"{home.name}.log").read_text()
        url = f"http://127.0.0.1:{urlsplit(hub.endpoints['http']).port}"
        for path in ("/health", "/metrics", "/api/v1/hub", "/nowhere"):
            assert status_of(url + path) == 401
        assert status_of(url + "/") == 200  # the page, which tells nothing and asks for the token
        token_file = home / "http-token"
        token = token_file.read_text().strip()
        assert token_file.stat().st_mode & 0o777 == 0o600
        assert token == given or (given is None and token in told)
        assert token not in (home / "endpoints.json").read_text()
        assert given is None or given not in told
        assert status_of(f"{url}/api/v1/hub", f"Bearer {token}") == 200
        assert hubemu_here("health", home=home).code == 0
        assert f"HUBEMU_HTTP_TOKEN={token}" in hubemu_here("env", home=home).out
        assert hubemu("demo", "--home", str(home)).code == 0
        assert hubemu_here("logs", home=home).code == 0
    assert not token_file.exists()


def status_of(url: str, authorization: str | None = None) -> int:
    """The status of an answer."""
    headers = {} if authorization is None else {"Authorization": authorization}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def test_a_token_is_not_among_the_arguments_of_a_detached_hub(home: Path) -> None:
    said = ("--phase", "igc", "--http-token", "s3cret")
    ended = hubemu("up", "--detach", *FREE, *said, home=home, HUBEMU_PHASE="legacy")
    try:
        assert ended.code == 0, ended.err
        endpoints = json.loads((home / "endpoints.json").read_text())
        assert endpoints["phase"] == "igc"  # said to the command, though it is the default
        pid = endpoints["pid"]
        arguments = Path(f"/proc/{pid}/cmdline")
        assert not arguments.exists() or b"s3cret" not in arguments.read_bytes()
        assert "s3cret" not in (home / "hubemu.log").read_text() + ended.out
        assert hubemu_here("health", home=home).code == 0
    finally:
        hubemu("down", home=home)


def test_a_detached_hub_tells_the_token_it_drew_to_who_started_it_only(home: Path) -> None:
    ended = hubemu("up", "--detach", *FREE, "--http-host", "0.0.0.0", home=home)
    try:
        token = (home / "http-token").read_text().strip()
        assert token in ended.out
        assert token not in (home / "hubemu.log").read_text()
    finally:
        hubemu("down", home=home)


@pytest.mark.parametrize("token", ["", "two words", "caf\u00e9", "a\nb", "=="])
def test_a_token_that_no_header_can_carry_is_exit_2(home: Path, token: str) -> None:
    ended = hubemu("up", *FREE, "--http-token", token, home=home)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: --http-token: a token is made of")


def test_health_wait_and_reset_of_a_hub_that_is_up(hub: LiveHub, home: Path) -> None:
    told = hubemu("health", home=home)
    assert (told.code, told.out.splitlines()[0]) == (0, "UP")
    assert hubemu_here("health", "--json", home=home).json["status"] == "UP"
    assert hubemu_here("wait", "--json", home=home).json == {"ready": True, "reasons": []}
    hub.http("POST", "/api/v1/clock", {"advance": 100})
    assert hubemu_here("reset", "--json", home=home).json == {"reset": True}
    assert hub.http("GET", "/api/v1/clock")["offset"] == 0


def test_wait_waits_for_a_hub_that_is_not_started_yet(home: Path) -> None:
    with subprocess.Popen([*HUBEMU, "wait", "--home", str(home)]) as waiting, live_hub(home):
        assert waiting.wait(PATIENCE) == 0


@pytest.mark.parametrize("option", ["--host", "--http-host"])
@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_a_host_that_is_not_here_is_told_as_such(home: Path, option: str, host: str) -> None:
    ended = hubemu("up", *FREE, option, host, home=home)
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert host in ended.err
    assert option in ended.err
    assert not re.search(r"--(http-)?port", ended.err)


def test_the_passphrase_ends_without_a_line_feed(hub: LiveHub) -> None:
    assert (hub.certs / "passphrase.txt").read_bytes().isalnum()


def test_containers_reach_it_by_their_names_and_those_of_the_environment(home: Path) -> None:
    names = {"HUBEMU_SANS": "hub.example other.example"}
    with live_hub(home, environment=names) as hub:
        leaf = x509.load_pem_x509_certificate((hub.certs / "server/igc.crt").read_bytes())
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        named = set(found.get_values_for_type(x509.DNSName))
    assert {"embedded", "host.docker.internal", "hub.example", "other.example"} <= named
