"""What `--state disk` costs `hubemu broker`, and how long a full state file takes to read again.

    python benchmarks/store.py                        (--count 20000 --size 1024 --rounds 5)

The same load as benchmarks/broker.py, on a broker with its state in memory and on one with its
state on disk, in turns; printed are medians and ratios. Then 100,000 messages of 3 KB are written
and recovered. (Beside RabbitMQ: `benchmarks/broker.py --state disk`.) Needs Linux, Node and npm.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.broker import MEASURES, WARM_UP, Measured, hubemu_broker, measure, middle
from benchmarks.node import install_amqplib
from hubemu.broker.core import Broker, Message, QueueDepth, VirtualHost
from hubemu.broker.store import FILE_NAME, DiskStore
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.properties import Properties

STATES = ("memory", "disk")
WAITING = 100_000
BODY = bytes(3000)
HEADER = encode_properties(Properties(content_type="application/json", delivery_mode=2))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=20_000, help="messages of each measurement")
    parser.add_argument("--size", type=int, default=1024, help="octets of body")
    parser.add_argument("--window", type=int, default=100, help="messages between two waits")
    parser.add_argument("--prefetch", type=int, default=100, help="unacknowledged deliveries")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    options = parser.parse_args()
    install_amqplib()
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), options)
        recovery(Path(folder) / "full")
    return 0


def compare(folder: Path, options: argparse.Namespace) -> None:
    """Every measure, on both states in turns."""
    with contextlib.ExitStack() as up:
        servers = {
            state: up.enter_context(hubemu_broker(folder / state, state)) for state in STATES
        }
        for name, words in MEASURES.items():
            found: dict[str, list[Measured]] = {state: [] for state in STATES}
            for server in servers.values():
                measure(name, server, options, WARM_UP)
            for _ in range(options.rounds):
                for state, server in servers.items():
                    found[state].append(measure(name, server, options, options.count))
            print(words.format(**vars(options)))
            print("  " + (latencies(found) if name == "pingpong" else rates(found)))


def rates(found: dict[str, list[Measured]]) -> str:
    """Messages a second on both, and the processor time of one."""
    memory, disk = (middle(found[state], lambda one: one.rate) for state in STATES)
    cheap, dear = (middle(found[state], lambda one: one.cpu) * 1e6 for state in STATES)
    return (
        f"memory {memory:,.0f}/s ({cheap:.0f} us), disk {disk:,.0f}/s ({dear:.0f} us): "
        f"{disk / memory:.2f}"
    )


def latencies(found: dict[str, list[Measured]]) -> str:
    """Median round trip on both."""
    memory, disk = (middle(found[state], lambda one: one.p50) for state in STATES)
    return f"memory {memory:.3f} ms, disk {disk:.3f} ms: {disk / memory:.2f}"


def recovery(folder: Path) -> None:
    """Write a full file, and read it again."""
    store, vhost = broker_on(folder)
    queue = vhost.add_queue("q")
    started = time.perf_counter()
    for number in range(WAITING):
        queue.enqueue(Message("", "q", BODY, HEADER))
        if number % 100 == 99:
            commit(store)
    store.close()
    written = time.perf_counter() - started
    size = (folder / FILE_NAME).stat().st_size / 2**20
    print(f"{WAITING:,} messages of {len(BODY)} octets")
    print(f"  written in {written:.1f} s, 100 a transaction: {WAITING / written:,.0f}/s")
    started = time.perf_counter()
    store, vhost = broker_on(folder)
    seconds = time.perf_counter() - started
    store.close()
    assert vhost.depths()["q"] == QueueDepth(WAITING, 0, 0)
    print(f"  recovered in {seconds:.2f} s from {size:.0f} MiB")


def broker_on(folder: Path) -> tuple[DiskStore, VirtualHost]:
    store = DiskStore(folder)
    broker = Broker(Clock(), store=store)
    vhost = broker.add_vhost("/")
    store.recover(broker)
    return store, vhost


def commit(store: DiskStore) -> None:
    batch = store.cut()
    if batch is not None:
        store.file.write(batch)
        store.file.commit()
        store.committed()


if __name__ == "__main__":
    sys.exit(main())
