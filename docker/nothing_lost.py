"""Send messages while a command disturbs the broker; 0 when each one arrived.

    python docker/nothing_lost.py HOME COMMAND...

A message counts as sent when the broker confirmed it. One that arrives a second time must bear the
same distributionID: a sender that gets no confirm has to send again, as real clients do.
HUBEMU_TEST_PORTS says where the nodes are reached, the one after the other (5671).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from threading import Event

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.live import LiveHub, running_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
SENDERS = 8
"""Connections that send at the same time."""
DISTURB_AT, AT_LEAST = 500, 2000
CALM = 5.0
"""Seconds of sending after the disturbance ended, so that what follows it is seen too."""
PATIENCE = 120.0
TOLD = 5
"""Lost messages whose fate is told."""
TROUBLE = (pika.exceptions.AMQPError, OSError)


class Sender:
    """A connection of samuA, which sends again elsewhere what was not confirmed."""

    def __init__(self, home: Path, ports: cycle[int]) -> None:
        self._hub = running_hub(home)
        self._ports = ports
        self.sent: list[str] = []
        self.longest = 0.0
        self._hub.port = next(ports)
        self._connection = self._hub.connect(A)
        self._client = self._connection.__enter__()

    def send_until(self, ended: Event) -> None:
        """Send one message after the other; of each confirmed one its distributionID is kept."""
        try:
            while not ended.is_set():
                self._send()
        finally:
            self._leave()

    def _send(self) -> None:
        message = envelope(A, C)
        began = time.monotonic()
        while True:
            try:
                self._client.publish(as_bytes(message))
                break
            except TROUBLE:
                if time.monotonic() > began + PATIENCE:
                    raise
                self._elsewhere()
        self.longest = max(self.longest, time.monotonic() - began)
        self.sent.append(str(message["distributionID"]))

    def _elsewhere(self) -> None:
        """Connect to the next node; if it cannot be reached, the next message finds out."""
        self._leave()
        time.sleep(0.1)
        self._hub.port = next(self._ports)
        connection = self._hub.connect(A)
        with suppress(*TROUBLE):
            self._client = connection.__enter__()
            self._connection = connection

    def _leave(self) -> None:
        """End the connection, if there still is one."""
        with suppress(*TROUBLE):
            self._connection.__exit__(None, None, None)


def main(home: str, *command: str) -> int:
    """Send, disturb, receive, compare."""
    ports = [int(port) for port in os.environ.get("HUBEMU_TEST_PORTS", "5671").split(",")]
    turns = [ports[start:] + ports[:start] for start in range(len(ports))]
    senders = [Sender(Path(home), cycle(turns[one % len(turns)])) for one in range(SENDERS)]
    began = time.monotonic()
    disturbed = send_while(senders, command)
    sent = [one for sender in senders for one in sender.sent]
    rate = len(sent) / (time.monotonic() - began)
    hub = running_hub(Path(home))
    came = receive(hub, cycle(ports), set(sent))
    lost = set(sent) - set(came)
    twice = sum(count > 1 for count in came.values())
    slowest = max(sender.longest for sender in senders)
    print(
        f"{len(sent)} sent and confirmed ({rate:.0f}/s, the slowest in {slowest:.1f} s), "
        f"{len(lost)} lost, {twice} came twice"
    )
    for one in sorted(lost)[:TOLD]:
        rows = hub.http("GET", f"/api/v1/messages?q={one}")["messages"]
        print(f"  {one}: {[row['outcome'] for row in rows] or 'never seen by the dispatcher'}")
    return 1 if lost or disturbed else 0


def send_while(senders: Sequence[Sender], command: Sequence[str]) -> int:
    """Have all of them send while a command runs, and some time more; its exit code."""
    ended = Event()

    def wait_for(number: int) -> None:
        while sum(len(sender.sent) for sender in senders) < number:
            stopped = next((one for one in sending if one.done()), None)
            if stopped is not None:
                stopped.result()
            time.sleep(0.05)

    with ThreadPoolExecutor(len(senders)) as threads:
        sending = [threads.submit(sender.send_until, ended) for sender in senders]
        try:
            wait_for(DISTURB_AT)
            code = subprocess.run(command, check=False).returncode
            time.sleep(CALM)
            wait_for(AT_LEAST)
        finally:
            ended.set()
    for one in sending:
        one.result()
    return code


def receive(hub: LiveHub, ports: cycle[int], wanted: set[str]) -> Counter[str]:
    """What came, until all that is wanted has or nothing more does."""
    came: Counter[str] = Counter()
    deadline = time.monotonic() + PATIENCE
    while wanted - set(came) and time.monotonic() < deadline:
        try:
            with hub.connect(C) as recipient:
                take_all(recipient.channel, came)
        except TROUBLE:
            time.sleep(0.1)
        hub.port = next(ports)
    return came


def take_all(channel: BlockingChannel, came: Counter[str]) -> None:
    """Every message that waits, acknowledged."""
    for method, _, body in channel.consume(f"{C}.message", inactivity_timeout=2):
        if method is None:
            break
        came[json.loads(body)["distributionID"]] += 1
        channel.basic_ack(method.delivery_tag)
    channel.cancel()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
