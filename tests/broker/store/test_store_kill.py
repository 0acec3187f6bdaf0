"""`kill -9` of a broker while clients publish: every message that was confirmed is there."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubemu.broker.wire.properties import encode_properties
from hubemu.home import Home
from hubemu.properties import Properties
from tests.support.amqp_dialogue import method, publish
from tests.support.amqp_listening import RawClient, raw_client
from tests.support.commands import HUBEMU
from tests.support.durable_broker import DurableBench, contents

KILLS = 20
WINDOW = 40
PUBLISHERS = 3
HEADER = encode_properties(Properties(delivery_mode=2))


@contextmanager
def broker(home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A broker on disk, and its port; killed at the end if it still lives."""
    options = ["--port", "0", "--json", "--state", "disk", "--home", str(home)]
    process = subprocess.Popen(
        [*HUBEMU, "broker", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["amqp"]["port"]
    finally:
        process.kill()
        process.communicate()


class Publisher:
    """Publishes numbered messages in windows; knows which were confirmed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent = 0
        self.confirmed: list[str] = []

    async def publish(self, port: int) -> None:
        """Publish until the connection breaks."""
        try:
            async with raw_client(port) as client:
                await client.open()
                await client.ask(method(1, "queue.declare", queue="q", durable=True))
                await client.ask(method(1, "confirm.select"))
                await self._windows(client)
        except (EOFError, ConnectionError):
            pass

    async def _windows(self, client: RawClient) -> None:
        settled = tag = 0
        while True:
            bodies = [f"{self.name}{self.sent + n}" for n in range(WINDOW)]
            self.sent += WINDOW
            frames = [publish(1, "q", body.encode(), raw=HEADER) for body in bodies]
            client.writer.write(b"".join(frames))
            tag += WINDOW
            while settled < tag:
                answer = await client.answer()
                assert answer.spec.name == "basic.ack"
                # Our server settles tags in order; a client that knows better need not rely on it.
                upto = answer.fields["delivery_tag"]
                self.confirmed += bodies[WINDOW - (tag - settled) : WINDOW - (tag - upto)]
                settled = upto


async def publish_until_killed(
    process: subprocess.Popen[str], port: int, publishers: list[Publisher], delay: float
) -> None:
    tasks = [asyncio.create_task(one.publish(port)) for one in publishers]
    await asyncio.sleep(delay)
    process.kill()
    await asyncio.gather(*tasks)


def test_every_confirmed_message_survives_twenty_kills(tmp_path: Path) -> None:
    chance = random.Random(4)
    publishers = [Publisher(letter) for letter in "abc"[:PUBLISHERS]]
    for _ in range(KILLS):
        with broker(tmp_path) as (process, port):
            delay = chance.uniform(0.02, 0.15)
            asyncio.run(publish_until_killed(process, port, publishers, delay))
    bench = DurableBench(Home(tmp_path).state)
    found = [body.decode() for body, _ in contents(bench, "q")]
    bench.stop()
    assert len(found) == len(set(found))
    for publisher in publishers:
        assert len(publisher.confirmed) > WINDOW
        own = [body for body in found if body.startswith(publisher.name)]
        assert set(publisher.confirmed) <= set(own)
        assert own == sorted(own, key=lambda body: int(body[1:]))
