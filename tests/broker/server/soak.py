"""Clients come, work, make mistakes and go; in the end every message is accounted for.

    python -m tests.broker.server.soak --connections 200 --seconds 60

Into each durable queue, as many messages came as were acknowledged, dead-lettered, dropped (each
with its reason) or are still there; and the same ones.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hubemu.broker.core import (
    Broker,
    Channel,
    ConnectionOwner,
    Message,
    MessageLog,
    MessageQueue,
)
from hubemu.broker.core.channel_consumer import ChannelConsumer
from hubemu.broker.core.durability import NoStore
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.expiry import ExpiryTimer
from hubemu.broker.protocol.channel import ChannelSession
from hubemu.broker.protocol.connection import Connection
from hubemu.broker.session import Session
from hubemu.clock import Clock
from hubemu.supervision import Supervision
from tests.support.amqp_listening import Listening, listening
from tests.support.amqp_player import Notes, Player, identity
from tests.support.core_broker import RecordingSink

__all__ = ["Account", "play"]

_TO_DEAD: dict[str, Any] = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
_QUEUES: dict[str, dict[str, Any]] = {
    "plain": {},
    "short": {"x-max-length": 20, **_TO_DEAD},
    "strict": {"x-max-length": 20, "x-overflow": "reject-publish"},
    "brief": {"x-message-ttl": 900, **_TO_DEAD},
    "priority": {"x-max-priority": 3},
    "single": {"x-single-active-consumer": True, "x-message-ttl": 3000},
    "quorum": {"x-queue-type": "quorum", "x-delivery-limit": 2, **_TO_DEAD},
    "dead": {"x-max-length": 500},
}
_FANNED_OUT = ("plain", "brief", "priority")
_LEAVING = 10.0
"""Seconds the server has to notice that everybody left."""
_PER_CLIENT = (Session, Connection, ChannelSession, Channel, ChannelConsumer)

Place: TypeAlias = tuple[str, object]
"""A queue, and the identity of a message in it."""


@dataclass(slots=True)
class Account:
    """Where messages went; nothing in it was told by a client."""

    arrived: Counter[Place] = field(default_factory=Counter)
    left: Counter[Place] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    # Observer

    def delivered(self, vhost: str, queue: str, message: Message, user: str) -> None:
        self.reasons["delivered"] += 1

    def acknowledged(self, vhost: str, queue: str, message: Message) -> None:
        self._gone(queue, message, "acknowledged")

    def dead_lettered(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        self._gone(queue, message, f"dead-lettered: {reason}")

    def dropped(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        self._gone(queue, message, f"dropped: {reason}")

    def _gone(self, queue: str, message: Message, reason: str) -> None:
        self.left[queue, message.token] += 1
        self.reasons[reason] += 1


class _Arrivals(NoStore):
    """Keeps nothing, but counts what comes into queues that a store would keep."""

    def __init__(self, account: Account) -> None:
        self._account = account

    # A log that looks.
    def queue_added(self, vhost: str, queue: MessageQueue) -> MessageLog:  # type: ignore[override]
        return _Log(self._account)


class _Log:
    """Gives each message a token on arrival, so that the observer is told of its end."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def added(self, queued: QueuedMessage) -> None:
        queued.message.token = identity(queued.message.body)
        self._account.arrived[queued.queue.name, queued.message.token] += 1

    def returned(self, queued: QueuedMessage) -> None:
        pass

    def removed(self, queued: QueuedMessage) -> None:
        pass


async def play(connections: int, seconds: float, seed: int) -> tuple[Account, Notes]:
    """Let so many clients play at a time, for so long; then see that nothing is left of them.

    Raises:
        AssertionError: something leaked, or a message is missing.
    """
    account, notes, clock = Account(), Notes(), Clock()
    broker = Broker(clock, observer=account, store=_Arrivals(account))
    bugs = _Bugs()
    logging.getLogger("hubemu").addHandler(bugs)
    before = _count(*_PER_CLIENT)
    _furnish(broker)
    timer = ExpiryTimer(broker, clock, Supervision())
    timer.start()
    async with listening(broker) as hub:
        until = time.monotonic() + seconds
        players = [_player(hub, random.Random(seed + n), notes, until) for n in range(connections)]
        await asyncio.gather(_time_flies(clock, random.Random(seed), until), *players)
        await _everybody_left(hub)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task leaked"
    timer.stop()
    logging.getLogger("hubemu").removeHandler(bugs)
    assert not bugs.found, bugs.found[0]
    assert _count(*_PER_CLIENT) <= before, "a session, channel or consumer leaked"
    _settle_accounts(broker, account, notes)
    return account, notes


def _furnish(broker: Broker) -> None:
    vhost = broker.add_vhost("/")
    broker.grant("guest", "/", ".*", ".*", ".*")
    for name, arguments in _QUEUES.items():
        queue = vhost.add_queue(name, arguments=arguments)
        if name in _FANNED_OUT:
            vhost.bind(vhost.exchange("amq.fanout"), queue, "")


async def _player(hub: Listening, chance: random.Random, notes: Notes, until: float) -> None:
    """One client after another, of one seed."""
    loop = asyncio.get_running_loop()
    while time.monotonic() < until:
        _, player = await loop.create_connection(
            lambda: Player(chance, tuple(_QUEUES), notes), "127.0.0.1", hub.port
        )
        for _ in range(chance.randrange(200)):
            player.step()
            await asyncio.sleep(chance.random() * 0.05)
            if player.over.is_set() or time.monotonic() > until:
                break
        player.leave()
        if chance.random() < 0.5:
            await asyncio.sleep(chance.random() * 0.05)
        player.vanish()
        await player.over.wait()


async def _time_flies(clock: Clock, chance: random.Random, until: float) -> None:
    while time.monotonic() < until:
        clock.advance(chance.random() * 0.3)
        await asyncio.sleep(chance.random() * 0.1)


async def _everybody_left(hub: Listening) -> None:
    async with asyncio.timeout(_LEAVING):
        while hub.server.sessions:
            await asyncio.sleep(0.01)


def _settle_accounts(broker: Broker, account: Account, notes: Notes) -> None:
    vhost = broker.vhosts["/"]
    depths = vhost.depths()
    assert not [name for name in depths if name.startswith("amq.gen-")], "an exclusive queue leaked"
    assert all(depth.unacked == depth.consumers == 0 for depth in depths.values()), depths
    queued = sum(depth.ready for depth in depths.values())
    assert account.arrived.total() == account.left.total() + queued
    account.reasons["queued"] = queued
    _take_what_is_left(broker)
    assert account.arrived == account.left
    assert not _count(QueuedMessage), "a message leaked"
    known = {name for _, name in account.arrived}
    assert notes.seen <= known, "a message was delivered that never came"
    assert notes.confirmed <= set(account.arrived), "a confirmed message never came"


def _take_what_is_left(broker: Broker) -> None:
    """Empty every queue, that of the dead last: others may still expire into it."""
    channel = Channel(*broker.open("/", "guest"), RecordingSink(), ConnectionOwner())
    for name in sorted(broker.vhosts["/"].queues, key=lambda name: name == "dead"):
        while channel.consumers.get(name, no_ack=True) is not None:
            pass
    channel.close()


def _count(*kinds: type) -> int:
    gc.collect()
    return sum(isinstance(one, kinds) for one in gc.get_objects())


class _Bugs(logging.Handler):
    """What the broker logs as an error is one of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200, help="at a time")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    account, notes = asyncio.run(play(options.connections, options.seconds, options.seed))
    told = {
        "connections": notes.connections,
        "errors the broker answered with a close": notes.errors,
        "messages sent": notes.sent,
        "confirmed, and found": len(notes.confirmed),
        "arrived in queues": account.arrived.total(),
        **dict(account.reasons.most_common()),
    }
    sys.stdout.writelines(f"{count:9} {what}\n" for what, count in told.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
