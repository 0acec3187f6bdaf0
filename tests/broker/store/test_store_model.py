"""Whatever clients do: a broker made anew from the file has the durable part of the old one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from hubemu.broker.core import MessageQueue
from hubemu.broker.core.exchanges import PREDECLARED
from tests.support.core_broker import START, VHOST, Client
from tests.support.durable_broker import DurableBench

DEAD: dict[str, Any] = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
QUEUES: dict[str, dict[str, Any]] = {
    "plain": {"durable": True},
    "short": {"durable": True, "arguments": {"x-max-length": 2} | DEAD},
    "ttl": {"durable": True, "arguments": {"x-message-ttl": 2000} | DEAD},
    "quorum": {"durable": True, "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 2}},
    "auto": {"durable": True, "auto_delete": True},
    "transient": {},
    "dead": {"durable": True},
}
queues = st.sampled_from(sorted(QUEUES))

Kept: TypeAlias = dict[str, object]


class Durability(RuleBasedStateMachine):
    """Two clients play; now and then the broker is stopped, or killed after a commit."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.now = START
        self.sent = 0
        self.open()
        for name in QUEUES:
            self.declare(name)

    def open(self) -> None:
        self.bench = DurableBench(Path(self.folder.name), at=self.now)
        self.clients = [self.bench.client() for _ in range(2)]

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.bench.stop()
            self.folder.cleanup()

    def declare(self, name: str) -> None:
        self.clients[0].channel.queue_declare(name, **QUEUES[name])

    def exists(self, queue: str) -> bool:
        return queue in self.bench.broker.vhosts[VHOST].queues

    @rule(queue=queues)
    def declare_again(self, queue: str) -> None:
        self.declare(queue)

    @rule(queue=queues)
    def delete(self, queue: str) -> None:
        self.clients[0].channel.queue_delete(queue)

    @rule(queue=queues)
    def purge(self, queue: str) -> None:
        if self.exists(queue):
            self.clients[0].channel.queue_purge(queue)

    @rule(who=st.integers(0, 1), queue=queues, mode=st.sampled_from([1, 2, 2, 2]))
    def publish(self, who: int, queue: str, mode: int) -> None:
        self.sent += 1
        self.clients[who].publish("", queue, b"%d" % self.sent, delivery_mode=mode)

    @rule(queue=queues, durable=st.booleans())
    def bind(self, queue: str, durable: bool) -> None:
        channel = self.clients[0].channel
        channel.exchange_declare(f"x{durable}", "direct", durable=durable)
        if self.exists(queue):
            channel.queue_bind(queue, f"x{durable}", "k", {"n": 1} if queue == "plain" else None)

    @rule(durable=st.booleans())
    def drop_exchange(self, durable: bool) -> None:
        self.clients[0].channel.exchange_delete(f"x{durable}")

    @rule(who=st.integers(0, 1))
    def publish_to_bound(self, who: int) -> None:
        if "xTrue" in self.bench.broker.vhosts[VHOST].exchanges:
            self.sent += 1
            self.clients[who].publish("xTrue", "k", b"%d" % self.sent, delivery_mode=2)

    @rule(who=st.integers(0, 1), queue=queues)
    def get(self, who: int, queue: str) -> None:
        if self.exists(queue):
            self.clients[who].channel.get(queue)

    @rule(who=st.integers(0, 1), how=st.sampled_from(["ack", "requeue", "reject"]))
    def settle(self, who: int, how: str) -> None:
        channel = self.clients[who].channel
        if channel.unacked:
            tag = min(channel.unacked)
            if how == "ack":
                channel.ack(tag)
            else:
                channel.reject(tag, how == "requeue")

    @rule(seconds=st.sampled_from([1.0, 3.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.bench.clock.advance(seconds)
        self.bench.broker.expire()

    @rule()
    def commit(self) -> None:
        self.bench.commit()

    @rule(clean=st.booleans())
    def reopen(self, clean: bool) -> None:
        if clean:
            for client in self.clients:
                client.channel.close()
        before = durable_part(self.bench, self.clients, killed=not clean)
        self.bench.commit()
        if clean:
            self.bench.stop()
        else:
            self.bench.kill()
        self.open()
        assert durable_part(self.bench, self.clients, killed=False) == before


def durable_part(bench: DurableBench, clients: list[Client], *, killed: bool) -> Kept:
    """What must be found again: objects, bindings, and messages with their marks, in order."""
    vhost = bench.broker.vhosts[VHOST]
    kept: Kept = {}
    for exchange in vhost.exchanges.values():
        if exchange.durable and exchange.name not in PREDECLARED:
            kept[f"exchange {exchange.name}"] = (exchange.type, exchange.arguments)
            kept[f"bindings {exchange.name}"] = {
                (one.destination.name, one.routing_key, str(one.arguments))
                for one in exchange.bindings
                if one.survives
            }
    for queue in vhost.queues.values():
        if queue.durable:
            kept[f"queue {queue.name}"] = (queue.auto_delete, queue.arguments)
            kept[f"messages {queue.name}"] = messages(queue, clients, killed=killed)
    return kept


def messages(
    queue: MessageQueue, clients: list[Client], *, killed: bool
) -> list[tuple[bytes, int, float | None, bool, int]]:
    held = [one for client in clients for one in client.channel.unacked.values()]
    everything = [*queue.messages.ready, *(one for one in held if one.queue is queue)]
    unknown = killed and not queue.type.counts_deliveries
    return [
        (
            one.message.body,
            one.position,
            one.expires_at,
            one.redelivered or unknown,
            one.deliveries,
        )
        for one in sorted(everything, key=lambda one: one.position)
        if queue.type.keeps_transient or one.message.properties.delivery_mode == 2
    ]


TestDurability = Durability.TestCase
TestDurability.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
