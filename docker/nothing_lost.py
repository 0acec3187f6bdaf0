"""Send messages while a command disturbs the broker; 0 when each one arrived.

    python docker/nothing_lost.py HOME COMMAND...

A message counts as sent when the broker confirmed it. One that arrives a second time must bear the
same distributionID: a sender that gets no confirm has to send again, as real clients do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.live import LiveHub, running_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
COUNT, DISTURB_AT = 400, 100
PATIENCE = 120.0
TROUBLE = (pika.exceptions.AMQPError, OSError)
PORTS = cycle(int(port) for port in os.environ.get("HUBEMU_TEST_PORTS", "5671").split(","))
"""Where the nodes are reached, one after the other."""


def main(home: str, *command: str) -> int:
    """Send, disturb, receive, compare."""
    hub = running_hub(Path(home))
    disturbance = None
    sent = []
    for number in range(COUNT):
        if number == DISTURB_AT:
            disturbance = subprocess.Popen(command)
        sent.append(send_until_confirmed(hub))
    if disturbance is not None:
        disturbance.wait()
    came = receive(hub, set(sent))
    lost = set(sent) - set(came)
    twice = sum(count > 1 for count in came.values())
    print(f"{len(sent)} sent and confirmed, {len(lost)} lost, {twice} came twice")
    return 1 if lost else 0


def send_until_confirmed(hub: LiveHub) -> str:
    """One message, sent again until it is confirmed; its distributionID."""
    message = envelope(A, C)
    deadline = time.monotonic() + PATIENCE
    while True:
        hub.port = next(PORTS)
        try:
            with hub.connect(A) as sender:
                sender.publish(as_bytes(message))
                return str(message["distributionID"])
        except TROUBLE:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def receive(hub: LiveHub, wanted: set[str]) -> Counter[str]:
    """What came, until all that is wanted has or nothing more does."""
    came: Counter[str] = Counter()
    deadline = time.monotonic() + PATIENCE
    while wanted - set(came) and time.monotonic() < deadline:
        hub.port = next(PORTS)
        try:
            with hub.connect(C) as recipient:
                take_all(recipient.channel, came)
        except TROUBLE:
            time.sleep(0.1)
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
