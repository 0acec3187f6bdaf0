"""What is asked of RabbitMQ's management API, against a small one in this process."""

from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from hubemu.engines.rabbitmq.definitions import Administrator
from hubemu.engines.rabbitmq.management import Management

STATES = [
    {"name": "15-15_v2.0", "cluster_state": {"rabbit@a": "running", "rabbit@b": "stopped"}},
    {"name": "15-15_v2.1", "cluster_state": {"rabbit@a": "running", "rabbit@b": "nodedown"}},
    {"name": "of/others", "cluster_state": {"rabbit@a": "stopped"}},
]


def test_a_vhost_that_a_node_missed_is_started_there_and_only_there() -> None:
    asked: list[str] = []

    class Api(BaseHTTPRequestHandler):
        """Tells the states of the vHosts and takes whatever is posted."""

        def do_GET(self) -> None:
            """The states."""
            self._answer(json.dumps(STATES).encode())

        def do_POST(self) -> None:
            """Done."""
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    async def start(port: int) -> None:
        management = Management([f"http://127.0.0.1:{port}"], Administrator("hubemu", "secret"))
        try:
            await management.start_vhosts(["15-15_v2.0", "15-15_v2.1", "15-gps_v1.0"])
        finally:
            await management.close()

    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            asyncio.run(start(server.server_port))
        finally:
            server.shutdown()
            thread.join()
    assert asked == [
        "GET /api/vhosts?columns=name,cluster_state",
        "POST /api/vhosts/15-15_v2.0/start/rabbit%40b",
    ]
