"""Nothing is lost: whatever clients do, every message sent is somewhere, once.

Per queue arrival: acknowledged + ready + held + dead-lettered + dropped (with a reason) = sent.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hubemu.broker.core import LocalDelivery
from hubemu.broker.wire.properties import NO_PROPERTIES
from tests.support.core_broker import Bench, Client, RecordingObserver

QUEUES: dict[str, dict[str, Any]] = {
    "plain": {},
    "short": {"x-max-length": 2, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dl"},
    "strict": {"x-max-length": 2, "x-overflow": "reject-publish"},
    "ttl": {"x-message-ttl": 2000, "x-dead-letter-exchange": "amq.fanout"},
    "priority": {"x-max-priority": 3},
    "dl": {},
}
GONE = ("acknowledged", "dead-lettered", "dropped")

queues = st.sampled_from(sorted(QUEUES))
clients = st.integers(0, 2)


class Conservation(RuleBasedStateMachine):
    """Three clients and a local consumer play with queues of every kind."""

    @initialize()
    def start(self) -> None:
        self.observer = RecordingObserver()
        self.bench = Bench(observer=self.observer)
        self.clients = [self.bench.client() for _ in range(3)]
        self.local: list[LocalDelivery] = []
        self.consumer: Any = None
        self.sent = 0
        channel = self.clients[0].channel
        for name, arguments in QUEUES.items():
            channel.queue_declare(name, arguments=arguments)
        channel.queue_bind("dl", "amq.fanout", "")
        channel.queue_bind("strict", "amq.direct", "both")
        channel.queue_bind("short", "amq.direct", "both")

    @rule(who=clients, queue=queues, expires=st.sampled_from([None, "0", "1500"]))
    def publish(self, who: int, queue: str, expires: str | None) -> None:
        self.sent += 1
        self.clients[who].publish("", queue, b"m", token=self.sent, expiration=expires, priority=2)

    @rule(who=clients)
    def publish_to_two(self, who: int) -> None:
        self.sent += 2
        self.clients[who].publish("amq.direct", "both", b"m", token=self.sent)

    @rule()
    def publish_in_process(self) -> None:
        self.sent += 1
        self.bench.vhost.publish("", "plain", b"m", NO_PROPERTIES, token=self.sent)

    @rule(who=clients, queue=queues, no_ack=st.booleans())
    def consume(self, who: int, queue: str, no_ack: bool) -> None:
        channel = self.clients[who].channel
        channel.qos(0, 2, False)
        channel.consume(queue, no_ack=no_ack)
        channel.resume()

    @rule(who=clients, queue=queues)
    def get(self, who: int, queue: str) -> None:
        self.clients[who].channel.get(queue)

    @rule(who=clients, multiple=st.booleans(), how=st.sampled_from(["ack", "requeue", "reject"]))
    def settle(self, who: int, multiple: bool, how: str) -> None:
        channel = self.clients[who].channel
        if not channel.unacked:
            return
        tag = max(channel.unacked)
        if how == "ack":
            channel.ack(tag, multiple)
        else:
            channel.nack(tag, multiple, how == "requeue" and multiple is False)

    @rule(who=clients)
    def recover(self, who: int) -> None:
        channel = self.clients[who].channel
        for tag in list(channel.consumers):
            channel.cancel(tag)
        channel.recover(True)
        channel.resume()

    @rule(who=clients)
    def reconnect(self, who: int) -> None:
        self.clients[who].channel.close()
        self.clients[who] = self.bench.client()

    @rule(who=clients)
    def stall(self, who: int) -> None:
        client = self.clients[who]
        client.sink.writable = not client.sink.writable
        client.channel.resume()

    @rule()
    def subscribe(self) -> None:
        if self.consumer is None:
            self.consumer = self.bench.vhost.subscribe("plain", self.local.append, prefetch=3)

    @rule(ack=st.booleans())
    def settle_locally(self, ack: bool) -> None:
        if self.local:
            delivery = self.local.pop()
            if ack:
                self.consumer.ack(delivery)
            else:
                self.consumer.reject(delivery)

    @rule()
    def unsubscribe(self) -> None:
        if self.consumer is not None:
            self.consumer.cancel()
            self.consumer = None
            self.local.clear()

    @rule(seconds=st.sampled_from([0.5, 1.5, 3.0]))
    def wait(self, seconds: float) -> None:
        self.bench.advance(seconds)

    @rule(queue=queues)
    def purge(self, queue: str) -> None:
        self.clients[0].channel.queue_purge(queue)

    @rule(queue=st.sampled_from(["plain", "ttl", "priority"]))
    def delete_and_declare_again(self, queue: str) -> None:
        if queue != "plain" or self.consumer is None:
            channel = self.clients[0].channel
            channel.queue_delete(queue)
            channel.queue_declare(queue, arguments=QUEUES[queue])

    def held(self) -> int:
        return sum(len(client.channel.unacked) for client in self.clients) + len(self.local)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if not hasattr(self, "observer"):
            return
        fates = Counter(what for what, *_ in self.observer.seen)
        ready = sum(depth.ready for depth in self.bench.vhost.depths().values())
        arrivals = self.sent + fates["dead-lettered"]  # a dead letter arrives anew elsewhere
        assert arrivals == ready + self.held() + sum(fates[what] for what in GONE)

    @invariant()
    def the_ledger_agrees(self) -> None:
        if not hasattr(self, "observer"):
            return
        memory_use = self.bench.vhost.runtime.memory_use
        ready = sum(depth.ready for depth in self.bench.vhost.depths().values())
        assert memory_use.messages == ready + self.held() == memory_use.bytes
        for queue in self.bench.vhost.queues.values():
            assert queue.messages.ready_bytes == queue.depth.ready

    @invariant()
    def windows_agree(self) -> None:
        if not hasattr(self, "observer"):
            return
        for client in self.clients:
            consumers = client.channel.consumers.values()
            assert all(0 <= consumer.outstanding <= consumer.window for consumer in consumers)
            held = [one for one in client.channel.unacked.values() if one.consumer is not None]
            assert client.channel.core.prefetch.outstanding == len(held)

    @invariant()
    def nobody_waits_beside_ready_messages(self) -> None:
        if not hasattr(self, "observer"):
            return
        for queue in self.bench.vhost.queues.values():
            if queue.depth.ready:
                assert not any(consumer.accepts() for consumer in queue.consumers)


TestConservation = Conservation.TestCase
TestConservation.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


class Order(RuleBasedStateMachine):
    """However messages are taken and put back, the queue stays in order of arrival."""

    @initialize()
    def start(self) -> None:
        self.client: Client = Bench().client()
        self.client.channel.queue_declare("q")
        self.sent = 0
        self.ready: list[int] = []
        self.held: dict[int, int] = {}

    @rule()
    def publish(self) -> None:
        self.client.publish("", "q", str(self.sent).encode())
        self.ready.append(self.sent)
        self.sent += 1

    @rule()
    def get(self) -> None:
        got = self.client.channel.get("q")
        if not self.ready:
            assert got is None
            return
        assert got is not None
        expected = self.ready.pop(0)
        assert int(got.message.body) == expected
        self.held[got.delivery_tag] = expected

    @rule(data=st.data(), multiple=st.booleans(), requeue=st.booleans())
    def settle(self, data: st.DataObject, multiple: bool, requeue: bool) -> None:
        if not self.held:
            return
        tag = data.draw(st.sampled_from(sorted(self.held)))
        chosen = [one for one in self.held if one == tag or (multiple and one < tag)]
        self.client.channel.nack(tag, multiple, requeue)
        numbers = [self.held.pop(one) for one in chosen]
        if requeue:
            self.ready = sorted(self.ready + numbers)

    @rule()
    def recover(self) -> None:
        self.client.channel.recover(True)
        self.client.channel.resume()
        self.ready = sorted([*self.ready, *self.held.values()])
        self.held.clear()


TestOrder = Order.TestCase
TestOrder.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
