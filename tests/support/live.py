"""A Hub that is up, and independent clients on it: AMQPS by pika, control by plain HTTP."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.kept_certificates import KEPT

__all__ = ["PATIENCE", "LiveHub", "Received", "VHosted", "live_hub", "running_hub", "until"]

FoundT = TypeVar("FoundT")

PATIENCE = 30.0
"""Seconds a test waits for something that must happen; never for something that must not."""


def until(look: Callable[[], FoundT | None], seconds: float = PATIENCE) -> FoundT:
    """What `look` gives, once it gives what must come."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come so far in time"
        time.sleep(0.02)
    return found


@dataclass(frozen=True, slots=True)
class Received:
    """What a client took from a queue."""

    properties: pika.BasicProperties
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class LiveHub:
    """A Hub reached as vendors reach it: its endpoints, certificates and control API."""

    def __init__(self, endpoints: dict[str, Any]) -> None:
        self.endpoints = endpoints
        self.engine: str = endpoints["engine"]
        self.port: int = endpoints["amqps"]["port"]
        self.certs = Path(endpoints["certs"])
        token = self.certs.parent / "http-token"
        self.token = token.read_text().strip() if token.exists() else None

    @property
    def version(self) -> int:
        """The major version of RabbitMQ that clients meet; the embedded broker is like 3.12."""
        if self.engine == "embedded":
            return 3
        broker = self.http("GET", "/health")["components"]["broker"]
        return int(broker["details"]["version"].partition(".")[0])

    def pass_time(self, seconds: float) -> None:
        """Let time pass: the clock is moved where it can be, else it is waited for."""
        if self.engine == "embedded":
            self.http("POST", "/api/v1/clock", {"advance": seconds})
        else:
            time.sleep(seconds)

    @property
    def tells_certificates(self) -> bool:
        """Whether the Hub sees its clients' handshakes; a RabbitMQ of compose has no relay of ours
        before it."""
        return self.node_is_ours

    @property
    def node_is_ours(self) -> bool:
        """Whether the broker was started by the Hub; the RabbitMQ of compose was not."""
        return self.engine == "embedded" or not os.environ.get("HUBEMU_TEST_HOME")

    def last_attempt(self) -> dict[str, Any]:
        """The newest TLS attempt; where the engine is not told of them the test ends as skipped."""
        if self.engine != "embedded":
            pytest.skip("RabbitMQ tells neither peer nor certificate of a refused attempt")
        attempt: dict[str, Any] = self.http("GET", "/api/v1/connections")["attempts"][-1]
        return attempt

    def tls(self, client: str, identity: str = "igc", trust: str = "igc") -> ssl.SSLContext:
        """A client's context, as its own files make it."""
        context = ssl.create_default_context(cafile=str(self.certs / f"truststores/{trust}.pem"))
        own = self.certs / "clients" / client
        context.load_cert_chain(own / f"{identity}.crt", own / f"{identity}.key")
        return context

    def parameters(
        self, vhost: str, context: ssl.SSLContext, **more: Any
    ) -> pika.ConnectionParameters:
        """Connection parameters with certificate login."""
        return pika.ConnectionParameters(
            host="localhost",
            port=self.port,
            virtual_host=vhost,
            credentials=pika.credentials.ExternalCredentials(),
            ssl_options=pika.SSLOptions(context, "localhost"),
            **{"blocked_connection_timeout": PATIENCE, "connection_attempts": 1} | more,
        )

    @contextmanager
    def connect(
        self, client: str, vhost: str = "15-15_v2.0", identity: str = "igc", trust: str = "igc"
    ) -> Iterator[VHosted]:
        """A client connected to a vHost, with a channel in confirm mode."""
        parameters = self.parameters(vhost, self.tls(client, identity, trust))
        connection = pika.BlockingConnection(parameters)
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield VHosted(client, connection, channel)
        finally:
            if connection.is_open:
                connection.close()

    def http(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API; the decoded answer, or `HTTPError` for a refusal."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.endpoints["http"] + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json"} | self.bearer,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return json.loads(content) if is_json and content else content

    @property
    def bearer(self) -> dict[str, str]:
        """The header that lets a call in, where the Hub wants one."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Status and problem of a call that must be refused."""
        try:
            answer = self.http(method, path, body)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        raise AssertionError(f"{method} {path} was accepted: {answer!r}")


@dataclass(slots=True)
class VHosted:
    """One client on one vHost."""

    client: str
    connection: pika.BlockingConnection
    channel: BlockingChannel

    def publish(
        self, body: bytes, *, key: str | None = None, persistent: bool = True, **properties: Any
    ) -> None:
        """Publish to the Hub, confirmed; JSON unless `content_type` says otherwise."""
        wanted = {"content_type": "application/json", "delivery_mode": 2 if persistent else 1}
        self.channel.basic_publish(
            exchange="hubsante",
            routing_key=key or self.client,
            body=body,
            properties=pika.BasicProperties(**wanted | properties),
        )

    def take(self, queue: str, client: str | None = None) -> Received:
        """Consume and acknowledge the next message of `<client>.<queue>`, awaited.

        No other one comes meanwhile: pika would give it back, and that changes the order of a
        quorum queue.
        """
        name = f"{client or self.client}.{queue}"
        deadline = time.monotonic() + PATIENCE
        self.channel.basic_qos(prefetch_count=1)
        for method, properties, body in self.channel.consume(name, inactivity_timeout=0.5):
            if method is not None:
                self.channel.cancel()
                self.channel.basic_qos(prefetch_count=0)
                self.channel.basic_ack(method.delivery_tag)
                return Received(properties, body)
            if time.monotonic() > deadline:
                break
        self.channel.cancel()
        raise AssertionError(f"nothing arrived in {name} within {PATIENCE} s")

    def hold(self, queue: str) -> int:
        """The delivery tag of the next message of `<client>.<queue>`, awaited, not acknowledged.

        A quorum queue may have confirmed a message a moment before it gives it out.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            method, _, _ = self.channel.basic_get(f"{self.client}.{queue}")
            if method is not None:
                tag: int = method.delivery_tag
                return tag
            time.sleep(0.01)
        raise AssertionError(f"nothing came to {self.client}.{queue}")

    def depth(self, queue: str) -> int:
        """Messages ready in `<client>.<queue>`, asked passively as clients may."""
        name = f"{self.client}.{queue}"
        declared = self.channel.queue_declare(name, passive=True)
        count: int = declared.method.message_count
        return count


@contextmanager
def live_hub(
    home: Path, *options: str, environment: dict[str, str] | None = None
) -> Iterator[LiveHub]:
    """A Hub process of its own on free ports, ready; stopped by its own handle.

    A home without certificates gets those that a Hub made before in this run (`KEPT`).
    """
    command = [sys.executable, "-m", "hubemu", "up", "--port", "0", "--http-port", "0"]
    log = home.parent / f"{home.name}.log"
    usual = "--environment" not in options
    fresh = usual and not (KEPT.given(home) / "certs").exists()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--home", str(home), *options],
            stdout=output,
            stderr=output,
            env=os.environ | (environment or {}),
        )
        try:
            endpoints = _ready(process, home, log)
            if fresh:
                KEPT.keep(home)
            yield LiveHub(endpoints)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"the Hub did not stop:\n{log.read_text()}") from None


def running_hub(home: Path) -> LiveHub:
    """The Hub that is up in a home, perhaps in a container: reached here.

    The ports are those it names, unless HUBEMU_TEST_PORTS (the first one) and HUBEMU_TEST_HTTP_PORT
    say where a container publishes them.
    """
    endpoints: dict[str, Any] = json.loads((home / "endpoints.json").read_text())
    if published := os.environ.get("HUBEMU_TEST_PORTS"):
        endpoints["amqps"]["port"] = int(published.partition(",")[0])
    port = os.environ.get("HUBEMU_TEST_HTTP_PORT") or urllib.parse.urlsplit(endpoints["http"]).port
    return LiveHub(endpoints | {"http": f"http://127.0.0.1:{port}", "certs": str(home / "certs")})


def _ready(process: subprocess.Popen[bytes], home: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    file = home / "endpoints.json"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the Hub ended with {process.returncode}:\n{log.read_text()}")
        if file.exists():
            endpoints: dict[str, Any] = json.loads(file.read_text())
            return endpoints
        time.sleep(0.02)
    raise AssertionError(f"the Hub was not ready in time:\n{log.read_text()}")
