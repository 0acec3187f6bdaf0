"""Many clients at once, most without manners: afterwards the broker holds nothing for any of them.

`soak.py` beside this file plays the same for as long as one likes.
"""

from __future__ import annotations

import asyncio
import random

from tests.broker.server.soak import play
from tests.support.amqp_listening import Listening, listening, raw_client
from tests.support.amqp_noise import noise
from tests.support.waiting import until

CLIENTS = 60
ROUNDS = 4


async def misbehave(hub: Listening, chance: random.Random) -> None:
    """Log in, make noise in small pieces, and leave without a word at any moment."""
    for _ in range(ROUNDS):
        async with raw_client(hub.port) as client:
            if chance.random() < 0.9:
                await client.open()
            data = noise(chance, chance.randrange(30))
            step = chance.randrange(1, 400)
            for start in range(0, len(data), step):
                client.writer.write(data[start : start + step])
                await asyncio.sleep(0)
                if chance.random() < 0.02:
                    break


async def gone(hub: Listening) -> None:
    """Wait until the server has noticed that its clients left."""
    await until(lambda: not hub.server.sessions)


def test_nothing_is_left_of_clients_that_come_and_go() -> None:
    async def scenario() -> None:
        async with listening() as hub:
            clients = (misbehave(hub, random.Random(seed)) for seed in range(CLIENTS))
            await asyncio.gather(*clients)
            await gone(hub)
            depths = hub.broker.vhosts["/"].depths().values()
            assert all(depth.consumers == depth.unacked == 0 for depth in depths)
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            assert not tasks

    asyncio.run(scenario())


def test_the_broker_still_serves_after_that() -> None:
    async def scenario() -> None:
        async with listening() as hub:
            await asyncio.gather(*(misbehave(hub, random.Random(seed)) for seed in range(10)))
            async with raw_client(hub.port) as client:
                await client.open()

    asyncio.run(scenario())


def test_every_message_is_accounted_for() -> None:
    account, notes = asyncio.run(play(connections=40, seconds=4, seed=4))
    assert notes.errors, "no client made a mistake: this proves nothing"
    assert notes.confirmed
    ends = {reason.partition(":")[0] for reason in account.reasons}
    assert ends == {"delivered", "acknowledged", "dead-lettered", "dropped", "queued"}
    assert {"dead-lettered: expired", "dead-lettered: rejected"} <= set(account.reasons)
