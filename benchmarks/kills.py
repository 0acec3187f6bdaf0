"""Kill a Hub whose state is on disk again and again while clients publish through its dispatcher.

    python benchmarks/kills.py [--kills 100]

Every message that the broker confirmed must arrive once at its recipient: `confirmed N, lost 0,
twice 0`. Exit 1 otherwise. What was on its way and not confirmed may arrive or not.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pika
import pika.exceptions

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.live import LiveHub, VHosted, live_hub
from tests.support.messages import as_bytes, envelope

PAIRS = (("fr.health.samuA", "fr.health.samuC"), ("fr.health.samuC", "fr.health.samuA"))
WINDOW = 20
"""Messages that a publisher has unconfirmed at a time."""
QUIET = 3.0
"""Seconds without a message after which a queue holds none."""
TROUBLE = (pika.exceptions.AMQPError, OSError)


class Publisher(threading.Thread):
    """Publishes windows of messages until the Hub is killed; keeps the ids that were confirmed."""

    def __init__(self, hub: LiveHub, sender: str, recipient: str) -> None:
        super().__init__()
        self._hub = hub
        self._sender = sender
        self._recipient = recipient
        self.confirmed: list[str] = []

    def run(self) -> None:
        """Publish until the connection breaks."""
        with suppress(*TROUBLE), self._hub.connect(self._sender) as client:
            while True:
                self._window(client)

    def _window(self, client: VHosted) -> None:
        for _ in range(WINDOW):
            message = envelope(self._sender, self._recipient)
            client.publish(as_bytes(message))  # in confirm mode: returns when it is confirmed
            self.confirmed.append(message["distributionID"])


def main() -> int:
    """1 if a confirmed message is lost or comes twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--publishers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, confirmed, began = random.Random(options.seed), [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for number in range(1, options.kills + 1):
            confirmed += _one_life(home, options.publishers, chance.uniform(0.5, 2.0))
            if number % 10 == 0:
                print(f"{number} kills: {len(confirmed):,} confirmed", flush=True)
        with live_hub(home, "--state", "disk") as hub:
            arrived = Counter(one for _, queue in PAIRS for one in _drain(hub, queue))
    return _tell(options.kills, confirmed, arrived, time.monotonic() - began)


def _one_life(home: Path, publishers: int, seconds: float) -> list[str]:
    """Start a Hub, publish for so long, and kill it; the ids that were confirmed."""
    with live_hub(home, "--state", "disk") as hub:
        pairs = [PAIRS[number % len(PAIRS)] for number in range(publishers)]
        working = [Publisher(hub, *pair) for pair in pairs]
        for one in working:
            one.start()
        time.sleep(seconds)
        os.kill(hub.endpoints["pid"], signal.SIGKILL)
        for one in working:
            one.join()
    (home / "endpoints.json").unlink(missing_ok=True)  # a killed Hub leaves it behind
    return [found for one in working for found in one.confirmed]


def _drain(hub: LiveHub, client: str) -> list[str]:
    """The distribution ids of all that is in the client's message queue."""
    with hub.connect(client) as recipient:
        found: list[str] = []
        queue = f"{client}.message"
        for method, _, body in recipient.channel.consume(queue, inactivity_timeout=QUIET):
            if method is None:
                return found
            found.append(_id(body))
            recipient.channel.basic_ack(method.delivery_tag)
    return found


def _id(body: bytes) -> str:
    return body.decode().partition('"distributionID":')[2].split('"')[1]


def _tell(kills: int, confirmed: Sequence[str], arrived: Counter[str], seconds: float) -> int:
    lost = [one for one in confirmed if one not in arrived]
    twice = [one for one, times in arrived.items() if times > 1]
    print(
        f"{kills} kills in {seconds:.0f} s: confirmed {len(confirmed):,}, arrived "
        f"{len(arrived):,}, lost {len(lost)}, twice {len(twice)}"
    )
    return 1 if lost or twice else 0


if __name__ == "__main__":
    sys.exit(main())
