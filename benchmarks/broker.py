"""`hubemu broker` against RabbitMQ: the same client program, the same machine, in one run.

    python benchmarks/broker.py                       (--count 20000 --only both --rounds 5)
    python benchmarks/broker.py --alone               without RabbitMQ
    python benchmarks/broker.py --state disk

Persistent messages of 1 KiB over plain TCP, made by Node's amqplib: publishing with confirms,
consuming with single acknowledgements, both at once, and a ping-pong through two queues. The two
brokers take turns in each round, and the median of the rounds is printed: the rate, and the
processor time of the broker for a message, which other work on the machine hardly moves.

Needs Linux, Node and npm; and rabbitmq-server, unless --alone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.node import install_amqplib, load
from benchmarks.processes import cpu_seconds_of_all
from benchmarks.rabbitmq import need_rabbitmq, plain_rabbitmq

MEASURES = {
    "publish": "publish, confirms in windows of {window}",
    "consume": "consume, single acks, prefetch {prefetch}",
    "both": "both at once",
    "pingpong": "ping-pong through two queues",
}
WARM_UP = 2_000
"""Messages before anything is measured: interpreters, and Erlang's compiler, get faster by use."""
TURNS = 2_000
"""Of a ping-pong, at most."""


@dataclass(frozen=True, slots=True)
class Server:
    """A broker that is up."""

    name: str
    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement: messages a second, seconds of processor time a message, p50 in ms."""

    rate: float
    cpu: float
    p50: float = 0.0


def main() -> int:
    """Measure and print."""
    options = parse()
    install_amqplib()
    if not options.alone:
        need_rabbitmq()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as up:
        servers = [up.enter_context(hubemu_broker(Path(folder) / "home", options.state))]
        if not options.alone:
            pid, port = up.enter_context(plain_rabbitmq(Path(folder) / "rabbitmq"))
            servers.append(Server("rabbitmq", pid, port))
        print(
            f"{options.count} persistent messages of {options.size} octets, {os.cpu_count()} "
            f"processors, load {os.getloadavg()[0]:.1f}, state {options.state}, "
            f"median of {options.rounds}"
        )
        for name in options.only or MEASURES:
            compare(name, servers, options)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=20_000, help="messages of each measurement")
    parser.add_argument("--size", type=int, default=1024, help="octets of body")
    parser.add_argument("--window", type=int, default=100, help="messages between two waits")
    parser.add_argument("--prefetch", type=int, default=100, help="unacknowledged deliveries")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    parser.add_argument("--only", action="append", choices=MEASURES, help="repeatable")
    parser.add_argument("--state", choices=("memory", "disk"), default="memory", help="of hubemu")
    parser.add_argument("--alone", action="store_true", help="without RabbitMQ")
    return parser.parse_args()


@contextlib.contextmanager
def hubemu_broker(home: Path, state: str) -> Iterator[Server]:
    """`hubemu broker` on a free port while the block runs."""
    command = [sys.executable, "-m", "hubemu", "broker", "--port", "0", "--json"]
    command += ["--state", state, "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        told = process.stdout.readline() if process.stdout is not None else ""
        if not told:
            raise SystemExit("hubemu broker did not start")
        yield Server("hubemu", process.pid, json.loads(told)["amqp"]["port"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def compare(name: str, servers: list[Server], options: argparse.Namespace) -> None:
    """Measure one thing on every server, in turns, and print the medians."""
    measured: dict[str, list[Measured]] = {server.name: [] for server in servers}
    for server in servers:
        measure(name, server, options, WARM_UP)
    for _ in range(options.rounds):
        for server in servers:
            measured[server.name].append(measure(name, server, options, options.count))
    print(MEASURES[name].format(**vars(options)))
    for server_name, found in measured.items():
        print(f"  {server_name:9} {told(name, found)}")
    if len(measured) > 1:
        ours, theirs = measured.values()
        print(f"  {'ratio':9} {ratio(ours, theirs)}")


def measure(name: str, server: Server, options: argparse.Namespace, count: int) -> Measured:
    """One run of the load generator; what it told, and what it cost the server."""
    run: dict[str, Any] = {
        "url": f"amqp://guest:guest@127.0.0.1:{server.port}/%2F",
        "count": min(count, TURNS) if name == "pingpong" else count,
        "size": options.size,
        "window": options.window,
        "prefetch": options.prefetch,
    }
    if name == "consume":
        load("broker.js", run | {"measure": "publish"})
    before = cpu_seconds_of_all(server.pid)
    found = load("broker.js", run | {"measure": name})
    spent = cpu_seconds_of_all(server.pid) - before
    return Measured(found["perSecond"], spent / run["count"], found.get("p50", 0.0))


def told(name: str, found: list[Measured]) -> str:
    cpu = f"{middle(found, lambda one: one.cpu) * 1e6:5.0f} us of processor time"
    if name == "pingpong":
        return f"p50 {middle(found, lambda one: one.p50):.3f} ms   {cpu}"
    return f"{middle(found, lambda one: one.rate):7,.0f} messages/s   {cpu}"


def ratio(ours: list[Measured], theirs: list[Measured]) -> str:
    rate = middle(ours, lambda one: one.rate) / middle(theirs, lambda one: one.rate)
    cpu = middle(theirs, lambda one: one.cpu) / middle(ours, lambda one: one.cpu)
    return f"{rate:.2f} of RabbitMQ's rate; {cpu:.1f} messages for the processor time of one"


def middle(found: list[Measured], of: Callable[[Measured], float]) -> float:
    return median(of(one) for one in found)


if __name__ == "__main__":
    sys.exit(main())
