"""Links broken under load on a real RabbitMQ: nothing is lost, and a second copy bears its mark."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest

from hubemu.engines.rabbitmq.process import find_server
from tests.conftest import missing
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope
from tests.support.node_management import NodeManagement

A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
MESSAGES, BREAKS = 1_200, 6
PATIENCE = 60.0
MARK = "x-redelivered"
STATES = ("ready", "unacked")


@pytest.fixture(scope="module", params=["1", "2"])
def hub(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveHub]:
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")
    home = tmp_path_factory.mktemp("redelivery") / "home"
    options = ("--engine", "rabbitmq", "--rabbitmq", "native", "--dispatchers", request.param)
    with live_hub(home, *options) as hub:
        yield hub


def test_broken_links_lose_nothing_and_mark_second_copies(hub: LiveHub) -> None:
    management = NodeManagement(hub.certs.parent / "rabbitmq")
    exchange_while(hub, lambda: management.close_connections("dispatcher"))


@pytest.mark.parametrize("hub", ["2"], indirect=True)
def test_killed_dispatchers_lose_nothing_and_mark_second_copies(hub: LiveHub) -> None:
    killed: list[int] = []

    def kill_one() -> None:
        for one in workers(hub)[:1]:
            os.kill(one, signal.SIGKILL)
            killed.append(one)

    exchange_while(hub, kill_one)
    assert killed


def workers(hub: LiveHub) -> list[int]:
    """The dispatchers' processes of a Hub."""
    pid = hub.endpoints["pid"]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    spawned = [
        one for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
    ]
    return [int(one) for one in spawned]


def exchange_while(hub: LiveHub, disturb: Callable[[], None]) -> None:
    """Send under load, disturb now and then, and look at every copy that came of it."""
    sent = [envelope(A, C) for _ in range(MESSAGES)]
    connection = pika.BlockingConnection(hub.parameters(VHOST, hub.tls(A)))
    channel = connection.channel()
    persistent = pika.BasicProperties(content_type="application/json", delivery_mode=2)
    for number, message in enumerate(sent):
        channel.basic_publish("hubsante", A, as_bytes(message), persistent)
        if number % (MESSAGES // BREAKS) == MESSAGES // BREAKS // 2:
            disturb()
    channel.queue_declare(f"{A}.info", passive=True)
    connection.close()
    copies = taken(hub, {str(message["distributionID"]) for message in sent})
    unmarked = Counter(one for one, mark in copies if not mark)
    assert max(unmarked.values()) == 1, "a second copy without its mark"


def taken(hub: LiveHub, wanted: set[str]) -> list[tuple[str, bool]]:
    """Every copy that C gets: its distributionID, and whether it bears the mark."""
    copies: list[tuple[str, bool]] = []
    came: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    with hub.connect(C) as recipient:
        for method, properties, body in recipient.channel.consume(
            f"{C}.message", inactivity_timeout=0.5
        ):
            if method is not None:
                recipient.channel.basic_ack(method.delivery_tag)
                came.add(json.loads(body)["distributionID"])
                headers = properties.headers or {}
                copies.append((json.loads(body)["distributionID"], headers.get(MARK) is True))
            elif came >= wanted and idle(hub):
                break
            assert time.monotonic() < deadline, f"{len(wanted - came)} messages did not come"
        recipient.channel.cancel()
    assert came == wanted
    return copies


def idle(hub: LiveHub) -> bool:
    """Whether the dispatcher has nothing left to do, so that no further copy is under way."""
    vhosts = hub.http("GET", "/api/v1/hub")["vhosts"]
    [queues] = [vhost["queues"] for vhost in vhosts if vhost["name"] == VHOST]
    waiting = [queues[name][state] for name in ("dispatch", f"{C}.message") for state in STATES]
    return waiting == [0, 0, 0, 0]
