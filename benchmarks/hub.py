"""Routed messages a second and latency of a whole Hub, with the load made by Node's amqplib.

    make bench                      (or: python benchmarks/hub.py --count 20000)
    make bench ARGS="--engine rabbitmq --rabbitmq native --dispatchers 2"

Starts a Hub on free ports in a temporary home, routes a valid RS-EDA of about 3 KB (JSON, mutual
TLS, publisher confirms, consumer acks) from samuA to samuC, and prints what it measured. Needs Node
and npm.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.node import install_amqplib, load
from benchmarks.processes import cpu_seconds, resident_of_all
from hubemu.messages import example_message

VHOST = "15-15_v2.0"
SENDER, RECIPIENT = "fr.health.samuA", "fr.health.samuC"


def main() -> int:
    """Measure and print; 0 when every message arrived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=20_000, help="messages for the throughput")
    parser.add_argument("--window", type=int, default=100, help="messages between two waits")
    parser.add_argument("--rate", type=int, default=500, help="messages a second for the latency")
    options, of_the_hub = parser.parse_known_args()
    install_amqplib()
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), options, of_the_hub)


def measure(folder: Path, options: argparse.Namespace, of_the_hub: list[str]) -> int:
    """One Hub, started with the options that are its own; a throughput run, a latency run."""
    body = folder / "message.json"
    # Optional fields drawn with this seed make it about as large as a real one, 3 KB.
    body.write_bytes(
        example_message(
            "RS-EDA", "2.0.0", sender=SENDER, recipient=RECIPIENT, extent="random", seed=31
        )
    )
    started = time.perf_counter()
    hub, endpoints = start_hub(folder / "home", of_the_hub)
    try:
        print(f"ready in {time.perf_counter() - started:.2f} s with no home before")
        print(f"resident memory idle: {resident_of_all(hub.pid)}")
        print(f"body: {body.stat().st_size} bytes")
        run = {
            "url": f"amqps://localhost:{endpoints['amqps']['port']}/{VHOST}",
            "ca": f"{endpoints['certs']}/truststores/igc.pem",
            "sender": identity(endpoints, SENDER),
            "recipient": identity(endpoints, RECIPIENT),
            "body": str(body),
            "prefetch": 100,
            "window": options.window,
        }
        load("load.js", run | {"count": 2_000})
        before = cpu_seconds(hub.pid)
        fast = load("load.js", run | {"count": options.count})
        spent = (cpu_seconds(hub.pid) - before) / options.count
        print(f"throughput: {fast['perSecond']} routed messages/s over {fast['messages']}")
        print(f"processor time of the Hub: {spent * 1e6:.0f} us a message")
        paced = load("load.js", run | {"count": options.rate * 6, "rate": options.rate})
        print(f"latency at {options.rate}/s: p50 {paced['p50']} ms, p99 {paced['p99']} ms")
        print(f"resident memory after: {resident_of_all(hub.pid)}")
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait()
    return 0


def start_hub(home: Path, options: list[str]) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """A Hub on free ports, ready, and its endpoints."""
    command = [sys.executable, "-m", "hubemu", "up", "--json", "--port", "0", "--http-port", "0"]
    command += ["--home", str(home), *options]
    hub = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    file = home / "endpoints.json"
    while not file.exists():
        if hub.poll() is not None:
            raise SystemExit("the Hub did not start")
        time.sleep(0.01)
    return hub, json.loads(file.read_text())


def identity(endpoints: dict[str, Any], client: str) -> dict[str, str]:
    """What amqplib needs to connect as `client`."""
    own = f"{endpoints['certs']}/clients/{client}/igc"
    return {"id": client, "cert": f"{own}.crt", "key": f"{own}.key"}


if __name__ == "__main__":
    sys.exit(main())
