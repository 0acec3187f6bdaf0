"""Processor time of one message through a whole Hub, without sockets and TLS.

    python benchmarks/hub_core.py                (--profile tells where the time goes)
    python benchmarks/hub_core.py --route xml-json
    python benchmarks/hub_core.py --bodies 200   (messages that differ in ids, dates, fields, codes)
    python benchmarks/hub_core.py --state disk   (each window is confirmed before the next is sent)
    python benchmarks/pairs.py /path/of/another/state       (every route, in turns with that state)

Frames of an RS-EDA (with confirms) go into one connection, the dispatcher takes them, another
connection gets and acknowledges them; the journal keeps them. So everything of the Hub but the
kernel, TLS and the event loop. Processor time of this process, the best of several rounds:
neighbours on the machine move it little.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import os
import pstats
import re
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubemu.broker.core import Broker
from hubemu.broker.protocol.auth import PasswordLogin, Peer
from hubemu.broker.protocol.connection import Connection
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.store import Committer, DiskStore
from hubemu.broker.wire.methods import encode_method
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher import Metrics, turns
from hubemu.dispatcher.context import contexts_of
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.embedded import EmbeddedFeed
from hubemu.edxl import CONTENT_TYPES
from hubemu.journal.journal import Journal
from hubemu.messages import Format, example_message, load_release
from hubemu.properties import Properties
from hubemu.routing import load_routing
from hubemu.settings import Environment, Settings
from hubemu.supervision import Supervision
from hubemu.topology import build_topology

if TYPE_CHECKING:
    from hubemu.dispatcher.interposing import MessageInterposer

VHOST = "15-15_v2.0"
SENDER, RECIPIENT = "fr.health.samuA", "fr.health.samuC"
WINDOW = 100
_DELIVER = b"\x00\x3c\x00\x3c"
"""Class and method of basic.deliver: what begins each arrival, and stands in no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is sent, how it arrives and where: at the recipient, or as a report at the sender."""

    sent: Format
    recipient: str = RECIPIENT
    queue: str = f"{RECIPIENT}.message"
    refused: bool = False


_XML = "fr.health.samuB"
"""Reads XML."""
ROUTES = {
    "json-json": Route(sent="json"),
    "json-xml": Route(sent="json", recipient=_XML, queue=f"{_XML}.message"),
    "xml-json": Route(sent="xml"),
    "xml-xml": Route(sent="xml", recipient=_XML, queue=f"{_XML}.message"),
    "refused-json": Route(sent="json", queue=f"{SENDER}.info", refused=True),
    "refused-xml": Route(sent="xml", queue=f"{SENDER}.info", refused=True),
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--route", choices=ROUTES, default="json-json")
    parser.add_argument("--state", choices=("memory", "disk"), default="memory")
    parser.add_argument("--count", type=int, default=1_000, help="messages a round")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--bodies", type=int, default=1, help="different ones, sent in turn")
    parser.add_argument("--profile", action="store_true", help="one more round, under cProfile")
    parser.add_argument(
        "--counted", action="store_true", help="one round only, for `instructions.py`"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) if options.state == "disk" else None
        asyncio.run(measure(options, state))
    return 0


async def measure(options: argparse.Namespace, state: Path | None) -> None:
    """Rounds of messages through one Hub, whose state is kept in a folder, or in memory."""
    hub = HubWithoutSockets(route=ROUTES[options.route], state=state, bodies=options.bodies)
    await _measured(hub, options)
    await hub.stop()


async def _measured(hub: HubWithoutSockets, options: argparse.Namespace) -> None:

    def windows() -> list[bytes]:
        return [hub.window() for _ in range(options.count // WINDOW)]

    await hub.pass_messages(windows())
    if options.counted:
        # Valgrind is fifty times slower: turns would end by the clock after a message or two.
        turns.TURN_SECONDS = float("inf")
        await pass_counted(hub, windows())
        return
    gc.freeze()
    best = float("inf")
    for _ in range(options.rounds):
        messages = windows()
        started = time.process_time()
        await hub.pass_messages(messages)
        best = min(best, time.process_time() - started)
    print(f"{len(hub.body)} bytes: {best / options.count * 1e6:.1f} us a message")
    if options.profile:
        messages = windows()
        with cProfile.Profile() as profile:
            await hub.pass_messages(messages)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


async def pass_counted(hub: HubWithoutSockets, messages: list[bytes]) -> None:
    """Pass messages under valgrind, which counts instructions here and nowhere else."""
    gc.collect()
    gc.disable()
    count = ("callgrind_control", "-i")
    subprocess.run([*count, "on", str(os.getpid())], check=True)
    await hub.pass_messages(messages)
    subprocess.run([*count, "off", str(os.getpid())], check=True)


class HubWithoutSockets:
    """Broker, dispatcher and journal as `hubemu up` has them, and two connections."""

    def __init__(
        self,
        interposer: MessageInterposer | None = None,
        route: Route = ROUTES["json-json"],
        state: Path | None = None,
        bodies: int = 1,
    ) -> None:
        clock, tables = Clock(), load_routing()
        settings = Settings(home=Path("unused"))
        journal = Journal(clock)
        store = DiskStore(state) if state is not None else None
        broker = Broker(clock, observer=journal, store=store)
        # Other states of hubemu, measured beside this one, may not know these.
        known = hasattr(settings, "queue_type")
        kind: dict[str, Any] = {"queue_type": settings.queue_type} if known else {}
        broker.apply(build_topology(tables, Environment.SANDBOX, 86_400, **kind))
        self._committer: Committer | None = None
        if store is not None:
            store.recover(broker)
            self._committer = Committer(store, Supervision())
            self._committer.start()
        rest: dict[str, Any] = {} if interposer is None else {"interposer": interposer}
        self._dispatcher = Dispatcher(
            contexts_of(tables, settings),
            EmbeddedFeed(broker),
            journal=journal,
            metrics=Metrics(),
            clock=clock,
            supervision=Supervision(),
            **rest,
        )
        self._dispatcher.start()
        self.body = body_of(route)
        self._bodies = [self.body, *(body_of(route, seed) for seed in range(1, bodies))]
        self._content_type = CONTENT_TYPES[route.sent]
        self._publisher = opened(broker, SENDER)
        self._consumer = opened(broker, route.queue.rpartition(".")[0])
        say(self._publisher, encode_method(1, "confirm.select", nowait=False))
        say(self._consumer, consume(route.queue))
        self._publish = encode_method(
            1,
            "basic.publish",
            ticket=0,
            exchange="hubsante",
            routing_key=SENDER,
            mandatory=False,
            immediate=False,
        )
        self._sent = 0
        self._tag = 0

    def window(self) -> bytes:
        """The frames of messages each of which has a header of its own."""
        frames = []
        for _ in range(WINDOW):
            self._sent += 1
            own = Properties(
                content_type=self._content_type, delivery_mode=2, headers={"n": str(self._sent)}
            )
            frames.append(self._publish)
            body = self._bodies[self._sent % len(self._bodies)]
            frames.append(content(encode_properties(own), body))
        return b"".join(frames)

    async def pass_messages(self, windows: list[bytes]) -> None:
        """Send, route, deliver and acknowledge messages, a window at a time."""
        for window in windows:
            say(self._publisher, window)
            arrived = 0
            while arrived < WINDOW:
                await asyncio.sleep(0)
                arrived += self._consumer.data_to_send().count(_DELIVER)
            first = self._tag + 1
            self._tag += WINDOW
            say(self._consumer, b"".join(map(ack, range(first, self._tag + 1))))
            if self._committer is not None:
                await self._committer.safe()

    async def stop(self) -> None:
        """Write what is left."""
        if self._committer is not None:
            await self._committer.stop()


def body_of(route: Route, seed: int | None = None) -> bytes:
    """The message that is sent; one that is refused has a code that no list has.

    With a seed other ids, dates, codes and optional fields, drawn with it.
    """
    release = load_release("2.0.0")
    drawn: dict[str, Any] = {} if seed is None else {"extent": "random", "seed": seed}
    body = example_message("RS-EDA", release, sender=SENDER, recipient=route.recipient, **drawn)
    if route.sent == "xml":
        body = release.write(release.parse(body, "json"), "xml")
    if not route.refused:
        return body
    return re.sub(rb'(perimeter"?[>:"]+)\w+', rb"\1NOWHERE", body, count=1)


def opened(broker: Broker, client: str) -> Connection:
    """A connection of a client with channel 1 open."""
    connection = Connection(
        broker,
        PasswordLogin({client: "secret"}),
        Peer(address="benchmark"),
        ConnectionLimits(),
        wake=lambda: None,
        now=time.monotonic,
        on_refused=lambda refusal: sys.exit(str(refusal)),
    )
    start = {"client_properties": {}, "mechanism": "PLAIN", "locale": "en_US"}
    say(connection, b"AMQP\x00\x00\x09\x01")
    response = f"\0{client}\0secret".encode()
    say(connection, encode_method(0, "connection.start_ok", response=response, **start))
    tuning = {"channel_max": 2047, "frame_max": 131_072, "heartbeat": 0}
    say(connection, encode_method(0, "connection.tune_ok", **tuning))
    where = {"virtual_host": VHOST, "capabilities": "", "insist": False}
    say(connection, encode_method(0, "connection.open", **where))
    say(connection, encode_method(1, "channel.open", out_of_band=""))
    return connection


def say(connection: Connection, data: bytes) -> bytes:
    """Send bytes; what is answered."""
    connection.receive(data)
    while connection.process(1.0):
        pass
    return connection.data_to_send()


def content(properties: bytes, body: bytes) -> bytes:
    """The frames of a message on channel 1, whose body fits into one."""
    header = struct.pack(">HHQ", 60, 0, len(body)) + properties
    return b"".join(
        struct.pack(">BHI", kind, 1, len(payload)) + payload + b"\xce"
        for kind, payload in ((2, header), (3, body))
    )


def consume(queue: str) -> bytes:
    """The frames of basic.qos and basic.consume."""
    qos = encode_method(1, "basic.qos", prefetch_size=0, prefetch_count=2 * WINDOW, global_=False)
    return qos + encode_method(
        1,
        "basic.consume",
        ticket=0,
        queue=queue,
        consumer_tag="c",
        no_local=False,
        no_ack=False,
        exclusive=False,
        nowait=False,
        arguments={},
    )


def ack(tag: int) -> bytes:
    """The frame of a basic.ack."""
    return encode_method(1, "basic.ack", delivery_tag=tag, multiple=False)


if __name__ == "__main__":
    sys.exit(main())
