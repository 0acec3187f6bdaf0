"""What is asked of RabbitMQ's management API, against a small one in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from hubemu.engines.rabbitmq.definitions import Administrator
from hubemu.engines.rabbitmq.management import Management, ManagementError

STATES = [
    {"name": "15-15_v2.0", "cluster_state": {"rabbit@a": "running", "rabbit@b": "stopped"}},
    {"name": "15-15_v2.1", "cluster_state": {"rabbit@a": "running", "rabbit@b": "nodedown"}},
    {"name": "of/others", "cluster_state": {"rabbit@a": "stopped"}},
]


CONNECTIONS = [
    {"name": "open", "state": "running"},
    {"name": "gone", "state": "closed"},
    {"name": "of another", "state": "running"},
]
TRACKED = [{"name": "open"}, {"name": "gone"}, {"name": "new"}]
TOLD: dict[str, object] = {
    "/api/vhosts?columns=name,cluster_state": STATES,
    "/api/connections": CONNECTIONS,
    "/api/connections/username/a": TRACKED,
}


class Api(BaseHTTPRequestHandler):
    """Tells what it knows, takes whatever is posted, stumbles over some deletions."""

    asked: ClassVar[list[str]] = []
    stumbles: ClassVar[int] = 0

    def do_GET(self) -> None:
        """What it knows."""
        self._answer(200, json.dumps(TOLD[self.path]).encode())

    def do_POST(self) -> None:
        """Done."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_DELETE(self) -> None:
        """Done, unless it is one that fails."""
        Api.stumbles -= 1
        self._answer(500 if Api.stumbles >= 0 else 204)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def asked_for(what: Callable[[Management], Awaitable[None]], stumbles: int = 0) -> list[str]:
    """The requests that something takes."""

    async def ask(port: int) -> None:
        management = Management([f"http://127.0.0.1:{port}"], Administrator("hubemu", "secret"))
        try:
            await what(management)
        finally:
            await management.close()

    Api.asked.clear()
    Api.stumbles = stumbles
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            asyncio.run(ask(server.server_port))
        finally:
            server.shutdown()
            thread.join()
    return list(Api.asked)


def test_a_vhost_that_a_node_missed_is_started_there_and_only_there() -> None:
    wanted = ["15-15_v2.0", "15-15_v2.1", "15-gps_v1.0"]
    assert asked_for(lambda management: management.start_vhosts(wanted)) == [
        "GET /api/vhosts?columns=name,cluster_state",
        "POST /api/vhosts/15-15_v2.0/start/rabbit%40b",
    ]


def test_a_connection_that_is_told_as_closed_is_not_open() -> None:
    told: list[dict[str, object]] = []

    async def ask(management: Management) -> None:
        told.extend(await management.connections(["a"]))

    asked_for(ask)
    assert told == [CONNECTIONS[0], {"name": "new"}]


def test_a_deletion_that_rabbitmq_stumbles_over_is_asked_again() -> None:
    asked = asked_for(lambda management: management.disconnect(["a"], "so"), stumbles=2)
    assert asked == ["DELETE /api/connections/username/a"] * 3


def test_a_rabbitmq_that_stumbles_for_good_is_told() -> None:
    with pytest.raises(ManagementError, match="/api/connections/username/a: 500"):
        asked_for(lambda management: management.disconnect(["a"], "so"), stumbles=1000)
