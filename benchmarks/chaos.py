"""Good clients exchange messages while others break everything they may; how long theirs take.

    python benchmarks/chaos.py [--seconds 300]

Chaos comes from processes of its own: slow readers of full queues, half-open handshakes, garbage
instead of frames, giant headers, clients that vanish. Exit 1 if a good message does not arrive.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import socket
import ssl
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pika
import pika.exceptions

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.amqp_dialogue import method
from tests.support.live import PATIENCE, LiveHub, live_hub, running_hub
from tests.support.messages import as_bytes, envelope

GOOD = (("fr.health.samuA", "fr.health.samuC"), ("fr.health.samuC", "fr.health.samuA"))
BAD, VHOST = "fr.health.samuB", "15-15_v2.0"
PAUSE = 0.05
"""Seconds between two messages of a good client."""
TROUBLE = (pika.exceptions.AMQPError, OSError, ssl.SSLError)
_PROTOCOL = b"AMQP\x00\x00\x09\x01"
_RESET = struct.pack("ii", 1, 0)


def main() -> int:
    """1 if a message of a good client is lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with live_hub(home) as hub:
            calm, lost = _exchange(hub, min(15.0, options.seconds))
            _tell("alone", calm, lost)
            bad = _start_chaos(home, options.seed)
            try:
                times, lost = _exchange(hub, options.seconds)
            finally:
                for one in bad:
                    one.terminate()
                    one.join()
            _tell("beside chaos", times, lost)
            memory = _resident(hub.endpoints["pid"])
            print(f"the Hub after it: {memory}, health {hub.http('GET', '/health')['status']}")
    return 1 if lost else 0


# Good clients


def _exchange(hub: LiveHub, seconds: float) -> tuple[list[float], int]:
    """Milliseconds from publish to arrival of each message, and how many did not arrive."""
    times: list[float] = []
    lost: list[str] = []
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_good, args=(hub, *pair, until, times, lost)) for pair in GOOD
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return times, len(lost)


def _good(
    hub: LiveHub, sender: str, recipient: str, until: float, times: list[float], lost: list[str]
) -> None:
    with hub.connect(sender) as out, hub.connect(recipient) as inbox:
        arriving = inbox.channel.consume(f"{recipient}.message", inactivity_timeout=PATIENCE)
        while time.monotonic() < until:
            message = envelope(sender, recipient)
            began = time.perf_counter()
            out.publish(as_bytes(message))
            got, _, body = next(arriving)
            if got is None or message["distributionID"].encode() not in body:
                lost.append(message["distributionID"])
                continue
            times.append((time.perf_counter() - began) * 1000)
            inbox.channel.basic_ack(got.delivery_tag)
            time.sleep(PAUSE)


def _tell(when: str, times: Sequence[float], lost: int) -> None:
    at = statistics.quantiles(times, n=100)
    print(
        f"{when}: {len(times):,} messages, p50 {at[49]:.1f} ms, p95 {at[94]:.1f} ms, "
        f"p99 {at[98]:.1f} ms, longest {max(times):.0f} ms, lost {lost}",
        flush=True,
    )


def _resident(process: int) -> str:
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    found = next((line.split()[1] for line in lines if line.startswith("VmRSS")), None)
    return f"{int(found) // 1024} MB resident" if found else "memory unknown"


# Bad clients


def _start_chaos(home: Path, seed: int) -> list[multiprocessing.process.BaseProcess]:
    context = multiprocessing.get_context("spawn")
    bad: list[multiprocessing.process.BaseProcess] = [
        context.Process(target=_again_and_again, args=(home, number, seed), daemon=True)
        for number in range(len(_KINDS))
    ]
    for one in bad:
        one.start()
    return bad


def _again_and_again(home: Path, kind: int, seed: int) -> None:
    hub, chance = running_hub(home), random.Random(seed * 1000 + kind)
    while True:
        with suppress(*TROUBLE):
            _KINDS[kind](hub, chance)
        time.sleep(0.01)


def _plain(hub: LiveHub) -> socket.socket:
    return socket.create_connection(("127.0.0.1", hub.port), timeout=5)


def _secure(hub: LiveHub) -> ssl.SSLSocket:
    return hub.tls(BAD).wrap_socket(_plain(hub), server_hostname="localhost")


def _half_open(hub: LiveHub, chance: random.Random) -> None:
    """Forty sockets that say nothing, or the beginning of a hello, and are reset."""
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(100)
    waiting = [_plain(hub) for _ in range(40)]
    for one in waiting:
        one.sendall(hello[: chance.randrange(len(hello))])
    time.sleep(chance.uniform(0.1, 1.0))
    for one in waiting:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.close()


def _garbage(hub: LiveHub, chance: random.Random) -> None:
    """Octets that are no frames, at any time of the dialogue."""
    with _secure(hub) as broken:
        if chance.random() < 0.7:
            broken.sendall(_PROTOCOL)
        broken.sendall(bytes([chance.choice((1, 2, 3, 8, 206))]) + os.urandom(20_000))
        while broken.recv(65_536):
            pass


def _giant_headers(hub: LiveHub, chance: random.Random) -> None:
    """Publishes with 100 KB of headers, straight to the Hub's exchange."""
    headers = {f"h{number}": "x" * 1000 for number in range(100)}
    with hub.connect(BAD) as client:
        for _ in range(50):
            body = as_bytes(envelope(BAD, chance.choice((BAD, "fr.health.nobody"))))
            client.publish(body, headers=headers)
        for queue in ("message", "info"):
            while client.channel.basic_get(f"{BAD}.{queue}", auto_ack=True)[0] is not None:
                pass


def _slow_reader(hub: LiveHub, chance: random.Random) -> None:
    """Fills its queue, consumes it without acknowledging, and reads a few octets a second."""
    with hub.connect(BAD) as client:
        for _ in range(200):
            client.publish(as_bytes(envelope(BAD, BAD, {"customContent": {"x": "y" * 10_000}})))
    with _secure(hub) as slow:
        _open(slow)
        slow.sendall(method(1, "basic.consume", queue=f"{BAD}.message", no_ack=True))
        for _ in range(50):
            slow.recv(100)
            time.sleep(chance.uniform(0.0, 0.2))


def _open(client: ssl.SSLSocket) -> None:
    """An AMQP handshake that looks at no answer."""
    client.sendall(_PROTOCOL)
    for said in (
        method(
            0,
            "connection.start_ok",
            client_properties={},
            mechanism="EXTERNAL",
            response=b"",
            locale="en_US",
        ),
        method(0, "connection.tune_ok", channel_max=10, frame_max=131072, heartbeat=0),
        method(0, "connection.open", virtual_host=VHOST),
        method(1, "channel.open"),
    ):
        client.recv(65_536)
        client.sendall(said)


def _vanish(hub: LiveHub, chance: random.Random) -> None:
    """Says that a body of 20 MB comes, sends a part of it and is gone."""
    with _secure(hub) as client:
        _open(client)
        publish = method(1, "basic.publish", exchange="hubsante", routing_key=BAD)
        header = struct.pack(">HHQH", 60, 0, 20_000_000, 0)
        client.sendall(publish + struct.pack(">BHI", 2, 1, len(header)) + header + b"\xce")
        part = b"x" * 100_000
        for _ in range(chance.randrange(100)):
            client.sendall(struct.pack(">BHI", 3, 1, len(part)) + part + b"\xce")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


_KINDS: tuple[Callable[[LiveHub, random.Random], None], ...] = (
    _half_open,
    _garbage,
    _giant_headers,
    _slow_reader,
    _vanish,
)

if __name__ == "__main__":
    sys.exit(main())
