"""What large queues and many queues cost the broker's core: whether each step stays as it was.

    python benchmarks/queues.py                       (--messages 1000000 --queues 10000)

A durable queue is filled in ten parts, its messages used, dropped, expired, deleted, and left by a
channel that ends; then many queues are declared, bound and used. What is done in parts is given
turn after turn; told are all of them and the longest, in which nobody else is served. Without
sockets and frames; with `--disk` the state is written too and recovered. Times are processor time
of this process.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.processes import resident_mib
from benchmarks.sink import Sink
from hubemu.broker.core import Broker, Channel, ConnectionOwner, Message, VirtualHost
from hubemu.broker.store import FILE_NAME, DiskStore
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.collector import collect_seldom
from hubemu.properties import Properties

HEADER = encode_properties(Properties(content_type="application/json", delivery_mode=2))
BODY = 256
TTL = 3_600_000
PARTS = 10
SAMPLE = 1_000


class _Bench:
    """A broker with one channel, whose state is written to `folder` unless that is `None`."""

    def __init__(self, kind: str, folder: Path | None = None) -> None:
        self.kind = kind
        self.clock = Clock()
        self.store = DiskStore(folder) if folder is not None else None
        self.broker = Broker(self.clock, store=self.store)
        self.vhost: VirtualHost = self.broker.add_vhost("/")
        self.broker.grant("guest", "/", ".*", ".*", ".*")
        if self.store is not None:
            self.store.recover(self.broker)
        self.sink = Sink()
        self.channel = Channel(*self.broker.open("/", "guest"), self.sink, ConnectionOwner())
        self.holder = Channel(*self.broker.open("/", "guest"), self.sink, ConnectionOwner())

    def hold(self, name: str) -> None:
        """Have all messages of a queue held by `holder`."""
        while self.holder.consumers.get(name) is not None:
            pass

    def declare(self, name: str) -> None:
        """A durable queue whose messages live for an hour."""
        arguments = {"x-message-ttl": TTL, "x-queue-type": self.kind}
        self.channel.queues.declare(name, durable=True, arguments=arguments)

    def publish(self, name: str, count: int) -> None:
        """So many messages, each with octets of its own."""
        for number in range(count):
            body = number.to_bytes(8, "big") * (BODY // 8)
            self.channel.publisher.publish(Message("", name, body, bytes(bytearray(HEADER))))
            if number % 100 == 99:
                self.commit()

    def commit(self) -> None:
        """Have what was done written."""
        if self.store is not None and (batch := self.store.cut()) is not None:
            self.store.file.write(batch)
            self.store.file.commit()
            self.store.committed()

    def used(self, name: str) -> None:
        """Take, put back and take for good some of the messages."""
        channel = self.channel
        for _ in range(SAMPLE):
            taken = channel.consumers.get(name)
            assert taken is not None
            channel.acknowledgements.nack(taken.delivery_tag)
        for _ in range(SAMPLE):
            taken = channel.consumers.get(name)
            assert taken is not None
            channel.acknowledgements.ack(taken.delivery_tag)


def _cost(work: Callable[[], object], count: int) -> float:
    """Microseconds of the processor for each."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / count * 1e6


def large(bench: _Bench, messages: int) -> None:
    """One queue with many messages."""
    bench.declare("q")
    before, part = resident_mib(os.getpid()), messages // PARTS
    publishing, using = [], []
    for _ in range(PARTS):
        publishing.append(_cost(lambda: bench.publish("q", part), part))
        using.append(_cost(lambda: bench.used("q"), SAMPLE))
    each = (resident_mib(os.getpid()) - before) * 2**20 / messages - BODY
    print(f"{messages:,} messages of {BODY} octets in a {bench.kind} queue")
    print(f"  publish, us: first {publishing[0]:.1f}, last {publishing[-1]:.1f} of {PARTS} parts")
    print(f"  get, requeue, get, ack, us: first {using[0]:.1f}, last {using[-1]:.1f}")
    print(f"  memory beside the body: {each:.0f} octets each")


def ends(bench: _Bench, messages: int) -> None:
    """What ends many messages at once, each from a queue that is full again."""
    for name, end in {
        "purge": lambda: bench.channel.queues.purge("q"),
        "expire": lambda: _expire(bench, TTL),
        "expire the first half": lambda: _expire(bench, TTL / 2),
        "end of the channel that holds them": bench.holder.close,
        "delete": lambda: bench.channel.queues.delete("q"),
    }.items():
        there = bench.vhost.depths()["q"].ready
        bench.publish("q", (messages - there) // 2)
        bench.clock.advance(TTL / 2000)
        bench.publish("q", messages - bench.vhost.depths()["q"].ready)
        if name.startswith("end"):
            bench.hold("q")
        turns = _turns(bench, end)
        longest = max(turns) * 1000
        print(f"  {name}: {sum(turns):.2f} s for {messages:,}, longest turn {longest:.1f} ms")
        bench.commit()


def _turns(bench: _Bench, end: Callable[[], object]) -> list[float]:
    """Seconds of the processor of what is done at once, and of each turn after it."""
    backlog = bench.broker.backlog
    backlog.drive(lambda: None)
    turns = [_cost(end, 1) / 1e6]
    while backlog:
        turns.append(_cost(backlog.turn, 1) / 1e6)
        bench.commit()  # a Hub's does so much in a thread
    backlog.drive(None)
    return turns


def _expire(bench: _Bench, milliseconds: float) -> None:
    bench.clock.advance(milliseconds / 1000 + 1)
    bench.broker.expire()


def many(bench: _Bench, queues: int) -> None:
    """Many queues, bound to one topic exchange and each with a message."""
    bench.channel.exchanges.declare("events", "topic")
    names = [f"queue.{number}" for number in range(queues)]

    def declare(part: list[str]) -> None:
        for name in part:
            bench.declare(name)
            bench.channel.queues.bind(name, "events", name)

    def publish() -> None:
        for name in names:
            bench.channel.publisher.publish(Message("events", name, b"x", HEADER))

    before = resident_mib(os.getpid())
    first = _cost(lambda: declare(names[: queues // PARTS]), queues // PARTS)
    declare(names[queues // PARTS : -queues // PARTS])
    last = _cost(lambda: declare(names[-queues // PARTS :]), queues // PARTS)
    each = (resident_mib(os.getpid()) - before) * 1024 / queues
    print(f"{queues:,} {bench.kind} queues: {each:.1f} KiB each")
    print(f"  declare and bind, us: first {first:.0f}, last {last:.0f} of {PARTS} parts")
    print(f"  publish to each, us: {_cost(publish, queues):.1f}")
    print(f"  depths of all: {_cost(bench.vhost.depths, 1) / 1000:.1f} ms")

    def delete() -> None:
        for name in names:
            bench.channel.queues.delete(name)

    print(f"  delete, us: {_cost(delete, queues):.0f}")
    bench.commit()


def restarted(kind: str, folder: Path, messages: int) -> None:
    """A file that holds many messages, read again."""
    bench = _Bench(kind, folder)
    bench.declare("q")
    bench.publish("q", messages)
    assert bench.store is not None
    bench.commit()
    bench.store.close()
    size = (folder / FILE_NAME).stat().st_size / 2**20
    again: list[_Bench] = []
    took = _cost(lambda: again.append(_Bench(kind, folder)), messages)
    found = again[0].vhost.depths()["q"].ready
    print(f"  recovered {found:,} from {size:.0f} MiB, {took:.1f} us each")
    store = again[0].store
    assert store is not None
    store.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--queues", type=int, default=10_000)
    parser.add_argument("--type", choices=("quorum", "classic"), default="quorum")
    parser.add_argument("--disk", action="store_true", help="with the state written, and recovered")
    options = parser.parse_args()
    collect_seldom()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = _Bench(options.type, folder / "state" if options.disk else None)
        large(bench, options.messages)
        ends(bench, options.messages)
        many(bench, options.queues)
        if options.disk:
            restarted(options.type, folder / "again", options.messages)


if __name__ == "__main__":
    main()
