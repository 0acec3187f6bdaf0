"""A private RabbitMQ node: what it carries, what it leaves behind, what it says when it cannot."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pika.exceptions
import pytest

from hubemu.engines.rabbitmq.erlang import SCRIPT, ErlangShell
from hubemu.engines.rabbitmq.process import erl_call_is_there, find_server
from tests.conftest import missing
from tests.support.kept_certificates import KEPT
from tests.support.live import LiveHub, live_hub, running_hub
from tests.support.messages import as_bytes, envelope
from tests.support.node_management import NodeManagement

A, C = "fr.health.samuA", "fr.health.samuC"
_LONG = 180
"""Seconds a busy machine may take for what must happen."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KEPT.given(tmp_path_factory.mktemp("native") / "home")


@pytest.fixture(scope="module")
def hub(home: Path) -> Iterator[LiveHub]:
    with live_hub(home, "--engine", "rabbitmq", "--rabbitmq", "native") as hub:
        yield hub
    assert processes_of(home) == [], "something of the node was left behind"
    assert not (home / "rabbitmq" / "data").exists()


def processes_of(home: Path) -> list[str]:
    """The command lines of processes that live in a home's node."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cwd").resolve() == home / "rabbitmq":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def management(home: Path, path: str) -> Any:
    """What the node's own management API says."""
    return NodeManagement(home / "rabbitmq").get(path)


def test_rabbitmq_took_every_object(hub: LiveHub, home: Path) -> None:
    defined = json.loads((home / "rabbitmq/definitions.json").read_text())
    paths = {
        "users": "/api/users",
        "vhosts": "/api/vhosts",
        "permissions": "/api/permissions",
        "topic_permissions": "/api/topic-permissions",
        "policies": "/api/policies",
        "queues": "/api/queues?columns=name,vhost",
    }
    for part, path in paths.items():
        assert len(management(home, path)) == len(defined[part]), part
    bound = [row for row in management(home, "/api/bindings") if row["source"]]
    assert len(bound) == len(defined["bindings"])


def test_it_waits_for_no_disk_and_counts_seldom(hub: LiveHub, home: Path) -> None:
    shell = ErlangShell(partial(_asked, home))
    told = asyncio.run(
        shell.ask(
            """
            {ok, Count} = application:get_env(rabbit, collect_statistics_interval),
            {ok, Tick} = application:get_env(rabbit, quorum_tick_interval),
            #{wal_sync_method := Sync} = ra_system:fetch(quorum_queues),
            [Count, Tick, Sync, erlang:system_info(scheduler_bind_type)]"""
        )
    )
    seldom = 60_000 if erl_call_is_there() else 1_000
    assert told == [seldom, 60_000 if erl_call_is_there() else 5_000, "none", "unbound"]


def test_it_boots_without_a_complaint_of_its_configuration(hub: LiveHub, home: Path) -> None:
    log = (home / "rabbitmq/rabbitmq.log").read_text()
    complaints = [line for line in log.splitlines() if "[warning]" in line or "[error]" in line]
    # A message store says this of every vHost that is new.
    ours = [line for line in complaints if "rebuilding indices from scratch" not in line]
    assert [line for line in ours if "rabbitmq_management_tls" not in line] == []


def test_only_loopback_is_listened_on(hub: LiveHub, home: Path) -> None:
    listeners = management(home, "/api/overview")["listeners"]
    addresses = {row["protocol"]: row["ip_address"] for row in listeners}
    assert addresses["amqp/ssl"] == "127.0.0.1"
    assert "amqp" not in addresses


def test_health_names_the_broker(hub: LiveHub) -> None:
    broker = hub.http("GET", "/health")["components"]["broker"]
    assert broker["status"] == "UP"
    assert broker["details"]["source"] == "native"
    assert re.match(r"\d+\.\d+", broker["details"]["version"])


def test_the_clock_is_refused_with_what_to_do_instead(hub: LiveHub) -> None:
    status, problem = hub.refused("POST", "/api/v1/clock", {"advance": 5})
    assert status == 409
    assert "--ttl" in problem["detail"]


def test_connections_are_told_at_once_and_dropped_when_asked(hub: LiveHub) -> None:
    with hub.connect(A) as client:
        [row] = hub.http("GET", "/api/v1/connections")["connections"]
        assert (row["client"], row["vhost"]) == (A, "15-15_v2.0")
        answer = hub.http("PUT", "/api/v1/phase", {"phase": "igc", "disconnect": True})
        assert answer == {
            "phase": "igc",
            "step": "igc",
            "certs": str(hub.certs),
            "migration": None,
            "disconnected": 1,
        }
        with pytest.raises(Exception, match="CONNECTION_FORCED"):
            client.depth("message")
    assert hub.http("GET", "/health")["status"] == "UP"


def test_queues_are_told_as_they_are_now(hub: LiveHub) -> None:
    queue = f"{C}.message"
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(envelope(A, C)))
        wait_for(lambda: recipient.depth("message") == 1, _LONG)
        assert depth(hub, queue) == {"ready": 1, "unacked": 0, "consumers": 0}
        method, _, _ = recipient.channel.basic_get(queue)
        assert depth(hub, queue)["unacked"] == 1
        recipient.channel.basic_ack(method.delivery_tag)
        recipient.depth("message")  # answered behind the acknowledgement
        assert depth(hub, queue) == {"ready": 0, "unacked": 0, "consumers": 0}


def test_a_reset_empties_every_queue_that_holds_something(hub: LiveHub) -> None:
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(envelope(A, C)))
        sender.publish(b"this is refused")
        wait_for(lambda: recipient.depth("message") == 1, _LONG)
        wait_for(lambda: sender.depth("info") == 1, _LONG)
    hub.http("POST", "/api/v1/reset")
    vhosts = hub.http("GET", "/api/v1/hub")["vhosts"]
    held = [one for vhost in vhosts for one in vhost["queues"].values()]
    assert len(held) > 1_000
    assert {(one["ready"], one["unacked"]) for one in held} == {(0, 0)}


@pytest.mark.parametrize("right", ["configure", "write", "read"])
def test_a_right_is_taken_from_everybody_at_once_and_given_back(
    hub: LiveHub, home: Path, right: str
) -> None:
    def permissions() -> dict[tuple[str, str], dict[str, str]]:
        return {(one["user"], one["vhost"]): one for one in management(home, "/api/permissions")}

    log = home / "rabbitmq/rabbitmq.log"
    before, told = permissions(), log.read_text().count("set permissions for")
    deny = {"where": "broker", "effect": "deny", "parameters": {"right": right}}
    rule = hub.http("POST", "/api/v1/faults", deny)
    denied = permissions()
    hub.http("DELETE", f"/api/v1/faults/{rule['id']}")
    clients = {place for place in before if place[0] not in ("dispatcher", "hubemu")}
    assert rule["strikes"] == len(clients) > 700
    assert denied == before | {place: {**before[place], right: "^$"} for place in clients}
    assert permissions() == before
    # RabbitMQ writes 500 lines a second at most: what clients are refused would be lost behind it.
    assert log.read_text().count("set permissions for") == told


def depth(hub: LiveHub, queue: str) -> dict[str, int]:
    """How full a queue is, as the Hub tells it."""
    told = hub.http("GET", "/api/v1/hub")
    assert told["countsLag"] == 0
    [vhost] = [one for one in told["vhosts"] if one["name"] == "15-15_v2.0"]
    found: dict[str, int] = vhost["queues"][queue]
    return found


def test_where_erl_call_is_not_installed_rabbitmqctl_answers_the_same(
    hub: LiveHub, home: Path
) -> None:
    pid = json.loads((home / "endpoints.json").read_text())["pid"]
    shell = ErlangShell(partial(_asked, home))
    asked = asyncio.run(shell.ask('[maps:get(<<"name">>, Given), node()]', name="\u00e9"))
    assert asked == ["\u00e9", f"hubemu-{pid}@localhost"]


async def _asked(home: Path, asks: Mapping[str, str]) -> bytes:
    """What a home's node prints that is asked the slow way."""
    pid = (home / "rabbitmq/rabbitmq.pid").read_text().strip()
    given = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    variables = dict(one.split("=", 1) for one in given if "=" in one)
    server = find_server()
    assert server is not None
    return subprocess.run(
        ["/bin/sh", "-c", SCRIPT],
        env={**variables, "CONTROL_PROGRAM": str(server.with_name("rabbitmqctl")), **asks},
        capture_output=True,
        check=True,
        timeout=_LONG,
    ).stdout


def test_a_message_taken_stays_routed_in_the_journal(hub: LiveHub) -> None:
    hub.http("DELETE", "/api/v1/messages")
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(envelope(A, C)))
        recipient.take("message")
        assert recipient.depth("message") == 0
    # The dispatcher's own acknowledgement comes after the recipient has the message.
    wait_for(lambda: [row["outcome"] for row in rows(hub)] == ["routed"], _LONG)
    assert hub.http("GET", "/api/v1/messages?outcome=delivered&wait=1")["messages"] == []
    assert hub.http("GET", "/api/v1/messages?outcome=acknowledged&wait=1")["messages"] == []


@pytest.mark.parametrize("disconnect", [False, True])
def test_a_new_phase_keeps_open_connections_unless_asked(hub: LiveHub, disconnect: bool) -> None:
    hub.http("PUT", "/api/v1/phase", {"phase": "dual"})
    with hub.connect(A, identity="legacy", trust="dual") as client:
        assert len(hub.http("GET", "/api/v1/connections")["connections"]) == 1
        answer = hub.http("PUT", "/api/v1/phase", {"phase": "igc", "disconnect": disconnect})
        assert answer == {
            "phase": "igc",
            "step": "igc",
            "certs": str(hub.certs),
            "migration": None,
            "disconnected": int(disconnect),
        }
        if disconnect:
            with pytest.raises(pika.exceptions.ConnectionClosedByBroker, match="FORCED"):
                client.depth("message")
        else:
            assert client.depth("message") == 0
    assert not connects(hub, "legacy")
    assert connects(hub, "igc")
    assert hub.http("GET", "/health")["status"] == "UP"


@pytest.mark.parametrize(
    ("phase", "legacy", "igc"),
    [("legacy", True, False), ("dual", True, True), ("igc", False, True)],
)
def test_a_phase_is_met_when_the_answer_came(
    hub: LiveHub, phase: str, legacy: bool, igc: bool
) -> None:
    hub.http("PUT", "/api/v1/phase", {"phase": phase})
    assert connects(hub, "legacy") is legacy
    assert connects(hub, "igc") is igc


def connects(hub: LiveHub, identity: str) -> bool:
    try:
        with hub.connect(A, identity=identity, trust="dual"):
            return True
    except (pika.exceptions.AMQPConnectionError, OSError):
        return False


def test_two_dispatchers_share_the_work_and_nothing_outlives_a_killed_hub(tmp_path: Path) -> None:
    home = KEPT.given(tmp_path / "home")
    command = [sys.executable, "-m", "hubemu", "up", "--engine", "rabbitmq", "--rabbitmq", "native"]
    options = ["--dispatchers", "2", "--port", "0", "--http-port", "0", "--home", str(home)]
    with subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL) as process:
        try:
            wait_for((home / "endpoints.json").exists, _LONG)
            exchange(running_hub(home))
            started = descendants(process.pid)
            data = (home / "rabbitmq/data").resolve()
            assert data.is_dir()
            assert processes_of(home)
        finally:
            process.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(Path(f"/proc/{one}").exists() for one in started), _LONG)
    # What is on the disk goes with the home, or when a node starts there again.
    assert data.is_relative_to(home) or not data.exists()


def exchange(hub: LiveHub) -> None:
    """Messages, each judged by one dispatcher or the other, and an error report."""
    sent = [envelope(A, C) for _ in range(40)]
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        for message in sent:
            sender.publish(as_bytes(message))
        came = [recipient.take("message").json["distributionID"] for _ in sent]
        sender.publish(b"no message")
        sender.take("info")
    assert sorted(came) == sorted(str(message["distributionID"]) for message in sent)
    wait_for(lambda: len(rows(hub)) == 41, _LONG)
    assert len({row["id"] for row in rows(hub)}) == 41
    assert [row["outcome"] for row in rows(hub)].count("rejected") == 1
    assert b'use_case="CustomMessage",vhost="15-15_v2.0"} 40.0' in hub.http("GET", "/metrics")


def rows(hub: LiveHub) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.http("GET", "/api/v1/messages")["messages"]
    return found


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def wait_for(true: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def refused(tmp_path: Path, *options: str, **environment: str) -> str:
    """The one line that `up` ends with, exit 3."""
    command = [sys.executable, "-m", "hubemu", "up", "--engine", "rabbitmq", "--port", "0"]
    done = subprocess.run(
        [*command, "--http-port", "0", "--home", str(KEPT.given(tmp_path / "home")), *options],
        capture_output=True,
        text=True,
        timeout=_LONG,
        env=os.environ | environment,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    lines: list[str] = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        line = refused(tmp_path, "--rabbitmq", "native", "--port", port)
    assert port in line
    assert processes_of(tmp_path / "home") == []


def test_a_docker_that_does_not_answer_is_told(tmp_path: Path) -> None:
    line = refused(tmp_path, "--rabbitmq", "docker", DOCKER_HOST="unix:///nowhere.sock")
    assert "docker" in line
    assert "--rabbitmq native" in line


def test_a_broker_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "127.0.0.1:1: nothing listens there" in refused(
        tmp_path, "--rabbitmq", "amqps://127.0.0.1:1"
    )


def test_an_existing_broker_is_used_as_it_is(hub: LiveHub, home: Path, tmp_path: Path) -> None:
    """Another Hub, with the same certificates, on the node of the first."""
    second = tmp_path / "second"
    second.mkdir()
    shutil.copytree(home / "certs", second / "certs", symlinks=True)
    hub.http("PUT", "/api/v1/phase", {"phase": "igc"})
    url = f"amqps://127.0.0.1:{hub.port}"
    with live_hub(second, "--engine", "rabbitmq", "--rabbitmq", url) as other:
        assert other.endpoints["amqps"] == {"host": "127.0.0.1", "port": hub.port}
        status, problem = other.refused("PUT", "/api/v1/phase", {"phase": "dual"})
        assert status == 409
        assert "HUBEMU_RABBITMQ_FILES" in problem["detail"]
        status, problem = other.refused("POST", "/api/v1/reset")
        assert status == 409
        assert "HUBEMU_RABBITMQ_MANAGEMENT" in problem["detail"]
    assert hub.http("GET", "/health")["status"] == "UP"
