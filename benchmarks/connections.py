"""What idle clients cost a Hub: memory of each, and the latency of one busy client beside them.

    python benchmarks/connections.py --idle 5000

Each idle client has a connection over mutual TLS, a channel and a consumer; the busy one sends
itself an RS-EDA through the Hub again and again. Memory is the resident set of the Hub's process
before and after (Linux). Both ends are on this machine: each needs as many open files as clients.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any

from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from benchmarks.processes import cpu_seconds, resident_mib
from hubemu.bench.process import hub_process
from hubemu.client.facts import HubFacts
from hubemu.messages import example_message
from hubemu.openfiles import raise_open_files
from hubemu.pki import open_pki

VHOST = "15-15_v2.0"
IDLE, BUSY = "fr.health.samuA", "fr.health.samuC"
_SETTLE = 3.0
"""Seconds until what a handshake needed is given back."""


class Client:
    """An AMQP client as small as can be, on a blocking socket."""

    def __init__(self, facts: HubFacts, tls: ssl.SSLContext, queue: str, heartbeat: int) -> None:
        plain = socket.create_connection((facts.host, facts.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = tls.wrap_socket(plain, server_hostname=facts.host)
        self._rest = b""
        self._socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._wait(commands.Connection.Start)
        self._send(0, commands.Connection.StartOk({}, "EXTERNAL", "", "en_US"))
        self._wait(commands.Connection.Tune)
        self._send(0, commands.Connection.TuneOk(2047, 131_072, heartbeat))
        self._send(0, commands.Connection.Open(VHOST))
        self._wait(commands.Connection.OpenOk)
        self._send(1, commands.Channel.Open())
        self._wait(commands.Channel.OpenOk)
        self._send(1, commands.Basic.Consume(0, queue, "", False, True))
        self._wait(commands.Basic.ConsumeOk)

    def round_trip(self, sender: str, body: bytes) -> float:
        """Seconds until a message that goes back to its sender has come."""
        properties = commands.Basic.Properties(
            content_type="application/json", delivery_mode=2, priority=0
        )
        publish = commands.Basic.Publish(0, "hubsante", sender)
        content = ContentHeader(0, len(body), properties)
        began = time.perf_counter()
        self._send(1, publish, content, ContentBody(body))
        self._wait(ContentBody)
        return time.perf_counter() - began

    def _send(self, channel: int, *parts: Any) -> None:
        self._socket.sendall(b"".join(frame.marshal(part, channel) for part in parts))

    def _wait(self, kind: type) -> None:
        """Read until a frame of a kind has come."""
        while True:
            while len(self._rest) >= 7 and len(self._rest) >= _size(self._rest):
                size, _, found = frame.unmarshal(self._rest)
                self._rest = self._rest[size:]
                if isinstance(found, kind):
                    return
            data = self._socket.recv(65_536)
            if not data:
                raise ConnectionError("the Hub closed the connection")
            self._rest += data


def _size(data: bytes) -> int:
    return int.from_bytes(data[3:7], "big") + 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--idle", type=int, default=5_000, help="clients that do nothing")
    parser.add_argument("--heartbeat", type=int, default=60, help="seconds they ask for")
    parser.add_argument("--trips", type=int, default=2_000, help="messages of the busy client")
    options = parser.parse_args()
    raise_open_files()
    asyncio.run(measure(options))


async def measure(options: argparse.Namespace) -> None:
    """One Hub: the busy client alone, then beside the idle ones."""
    pids: list[int] = []
    async with hub_process([], pids.append) as facts:
        await asyncio.to_thread(_measured, facts, pids[0], options)


def _measured(facts: HubFacts, pid: int, options: argparse.Namespace) -> None:
    pki = open_pki(facts.certs)
    contexts = {
        client: pki.client_context(facts.holder(client), facts.identity, facts.phase)
        for client in (IDLE, BUSY)
    }
    body = example_message("RS-EDA", "2.0.0", sender=BUSY, recipient=BUSY)
    busy = Client(facts, contexts[BUSY], f"{BUSY}.message", 0)
    _told("alone", pid, busy, body, options.trips)
    before, spent, began = resident_mib(pid), cpu_seconds(pid), time.perf_counter()
    idle = _open(facts, contexts[IDLE], options)
    took = (cpu_seconds(pid) - spent) / len(idle) * 1000
    print(
        f"{len(idle):,} idle clients in {time.perf_counter() - began:.1f} s, "
        f"{took:.2f} ms of the Hub's processor time each"
    )
    time.sleep(_SETTLE)
    each = (resident_mib(pid) - before) / len(idle) * 1024
    print(f"{each:.1f} KiB each ({before:.0f} MiB before, {resident_mib(pid):.0f} MiB after)")
    _told(f"beside {len(idle):,}", pid, busy, body, options.trips)
    spent = cpu_seconds(pid)
    time.sleep(10)
    print(f"idle: {(cpu_seconds(pid) - spent) * 100:.1f} ms of processor time a second")


def _open(facts: HubFacts, tls: ssl.SSLContext, options: argparse.Namespace) -> Sequence[Client]:
    idle: list[Client] = []
    with contextlib.suppress(KeyboardInterrupt):
        for _ in range(options.idle):
            idle.append(Client(facts, tls, f"{IDLE}.message", options.heartbeat))
    return idle


def _told(how: str, pid: int, busy: Client, body: bytes, trips: int) -> None:
    for _ in range(200):
        busy.round_trip(BUSY, body)
    spent = cpu_seconds(pid)
    taken = sorted(busy.round_trip(BUSY, body) for _ in range(trips))
    each = (cpu_seconds(pid) - spent) / trips * 1e6
    p50, p99 = taken[trips // 2] * 1000, taken[trips * 99 // 100] * 1000
    print(f"busy client {how}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, {each:.0f} us of processor time")


if __name__ == "__main__":
    main()
