"""The broker as its host sees it: topology, observer, publishing in-process, limits."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubemu.broker.core
from hubemu.broker.core import Broker, ChannelError, ConnectionError_, Limits
from hubemu.broker.wire.properties import NO_PROPERTIES, encode_properties
from hubemu.clock import Clock
from hubemu.properties import Properties
from hubemu.topology import (
    BindingDefinition,
    ExchangeDefinition,
    Permission,
    Policy,
    QueueDefinition,
    TopicPermission,
    Topology,
    VHostTopology,
)
from tests.support.core_broker import START, Bench, Client, RecordingObserver

TOPOLOGY = Topology(
    vhosts={
        "v": VHostTopology(
            name="v",
            exchanges=(
                ExchangeDefinition("hubsante", "topic"),
                ExchangeDefinition("dlx", "fanout"),
            ),
            queues=(
                QueueDefinition("dispatch"),
                QueueDefinition("dlq"),
                QueueDefinition("a.message", "a"),
            ),
            bindings=(
                BindingDefinition("hubsante", "dispatch", "#"),
                BindingDefinition("dlx", "dlq", ""),
            ),
            policies=(
                Policy(
                    "ttl",
                    r"^.*\.message$",
                    {"message-ttl": 5000, "dead-letter-exchange": "dlx"},
                ),
            ),
            permissions=(Permission("A", "^$", "^hubsante$", r"^a\..*"),),
            topic_permissions=(TopicPermission("A", "hubsante", "^a$", "^$"),),
        )
    },
    users={"A": "a"},
)


def test_a_topology_is_applied_and_may_be_applied_again() -> None:
    clock = Clock(lambda: START)
    broker = Broker(clock)
    for _ in range(2):
        broker.apply(TOPOLOGY)
    vhost, user = broker.open("v", "A")
    assert set(vhost.queues) == {"dispatch", "dlq", "a.message"}
    assert vhost.publish("hubsante", "a", b"1", NO_PROPERTIES)
    assert vhost.publish("", "a.message", b"2", NO_PROPERTIES)
    clock.advance(5)
    broker.expire()
    assert {name: depth.ready for name, depth in vhost.depths().items()} == {
        "dispatch": 1,
        "dlq": 1,
        "a.message": 0,
    }
    with pytest.raises(ChannelError, match="access to topic 'b' in exchange 'hubsante'"):
        user.access["v"].require_topic("write", "hubsante", "b")
    broker.purge()
    assert all(depth.ready == 0 for depth in vhost.depths().values())


def test_publishing_in_process_says_whether_a_queue_took_it(bench: Bench, client: Client) -> None:
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    client.channel.queue_declare("q", arguments=arguments)
    assert bench.vhost.publish(
        "", "q", b"1", encode_properties(Properties(headers={"CC": ["nobody"]}))
    )
    assert not bench.vhost.publish("", "q", b"2", NO_PROPERTIES)
    assert not bench.vhost.publish("", "nobody", b"3", NO_PROPERTIES)
    with pytest.raises(ChannelError, match="no exchange 'nope'"):
        bench.vhost.publish("nope", "q", b"4", NO_PROPERTIES)


def test_properties_given_as_a_value_reach_remote_consumers(bench: Bench, client: Client) -> None:
    client.channel.queue_declare("q")
    given = Properties(content_type="application/json", expiration="1000", delivery_mode=2)
    header = encode_properties(given)
    bench.vhost.publish("", "q", b"1", header)
    got = client.channel.get("q", no_ack=True)
    assert got is not None
    assert got.message.properties == given
    bench.vhost.publish("", "q", b"1", header)
    bench.advance(1)
    assert bench.depth("q") == (0, 0, 0)


def test_a_policy_that_shortens_a_queue_does_so_at_once(bench: Bench, client: Client) -> None:
    client.channel.queue_declare("q")
    for body in (b"1", b"2", b"3"):
        client.publish("", "q", body)
    bench.vhost.set_policies([Policy("short", "^q$", {"max-length": 1})])
    assert client.drain("q") == [b"3"]


class TestObserver:
    @pytest.fixture
    def observer(self) -> RecordingObserver:
        return RecordingObserver()

    @pytest.fixture
    def watched(self, observer: RecordingObserver) -> Bench:
        bench = Bench(observer=observer)
        channel = bench.client().channel
        channel.queue_declare("dl")
        arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dl"}
        channel.queue_declare("q", arguments=arguments)
        return bench

    def test_a_message_is_followed_by_its_token(
        self, watched: Bench, observer: RecordingObserver
    ) -> None:
        client = watched.client()
        client.publish("", "q", token="t")
        for requeue in (True, False):
            got = client.channel.get("q")
            assert got is not None
            client.channel.reject(got.delivery_tag, requeue=requeue)
        client.get("dl")
        assert observer.seen == [
            ("delivered", "q", "t", "guest"),
            ("delivered", "q", "t", "guest"),
            ("dead-lettered", "q", "t", "rejected"),
            ("delivered", "dl", "t", "guest"),
            ("acknowledged", "dl", "t", ""),
        ]

    def test_losses_are_told_with_their_reason(
        self, watched: Bench, observer: RecordingObserver
    ) -> None:
        client = watched.client()
        publish = watched.vhost.publish
        publish("", "nowhere", b"", NO_PROPERTIES, token=1)
        publish("", "nowhere", b"", NO_PROPERTIES, token=2, mandatory=True)
        publish("", "dl", b"", encode_properties(Properties(expiration="0")), token=3)
        watched.advance(0)
        publish("", "dl", b"", NO_PROPERTIES, token=4)
        client.channel.queue_purge("dl")
        publish("", "dl", b"", NO_PROPERTIES, token=5)
        client.channel.queue_delete("dl")
        publish("", "q", b"", encode_properties(Properties(expiration="0")), token=6)
        watched.advance(0)
        assert observer.seen == [
            ("dropped", "", 1, "unroutable"),
            ("dropped", "dl", 3, "expired"),
            ("dropped", "dl", 4, "purged"),
            ("dropped", "dl", 5, "deleted"),
            ("dropped", "q", 6, "expired"),
        ]

    def test_messages_without_a_token_are_not_told(
        self, watched: Bench, observer: RecordingObserver
    ) -> None:
        client = watched.client()
        client.publish("", "q")
        client.get("q")
        assert observer.seen == []


class TestLimits:
    def test_queues(self) -> None:
        client = Bench(limits=Limits(queues=1)).client()
        client.channel.queue_declare("a")
        with pytest.raises(ChannelError) as caught:
            client.channel.queue_declare("b")
        assert caught.value.text == (
            "PRECONDITION_FAILED - cannot declare queue 'b': "
            "queue limit in vhost '/' (1) is reached"
        )

    def test_exchanges_bindings_and_vhosts(self) -> None:
        bench = Bench(limits=Limits(exchanges=8, bindings=1, vhosts=1))
        channel = bench.client().channel
        channel.exchange_declare("x", "direct")
        with pytest.raises(ConnectionError_, match="exchange limit"):
            channel.exchange_declare("y", "direct")
        channel.queue_declare("q")
        channel.queue_bind("q", "x", "a")
        channel.queue_bind("q", "x", "a")
        with pytest.raises(ConnectionError_, match="binding limit"):
            channel.queue_bind("q", "x", "b")
        channel.queue_unbind("q", "x", "a")
        channel.queue_bind("q", "x", "b")
        with pytest.raises(ConnectionError_, match="limit of 1 is reached"):
            bench.broker.add_vhost("other")

    def test_pressure_comes_and_goes_and_too_much_is_refused(self) -> None:
        bench = Bench(limits=Limits(queued_bytes=100))
        told: list[bool] = []
        stop = bench.broker.alarms.watch(lambda _reason, raised: told.append(raised))
        client = bench.client()
        client.channel.queue_declare("q")
        client.publish("", "q", bytes(100))
        assert told == []
        client.publish("", "q", bytes(26))
        assert (told, bench.broker.under_pressure) == ([True], True)
        with pytest.raises(ConnectionError_, match="RESOURCE_ERROR - too many messages"):
            client.publish("", "q", b"x")
        client.get("q")
        assert (told, bench.broker.under_pressure) == ([True, False], False)
        client.publish("", "q", b"x")
        stop()
        client.publish("", "q", bytes(100))
        assert told == [True, False]

    def test_a_transaction(self) -> None:
        client = Bench(limits=Limits(transaction_messages=1)).client()
        client.channel.tx_select()
        client.publish("", "q")
        with pytest.raises(ConnectionError_, match="RESOURCE_ERROR"):
            client.publish("", "q")

    def test_unacknowledged_messages_of_a_consumer(self) -> None:
        client = Bench(limits=Limits(unacked_per_consumer=2)).client()
        client.channel.queue_declare("q")
        client.consume("q")
        for _ in range(3):
            client.publish("", "q")
        assert len(client.received) == 2

    def test_remembered_routes(self) -> None:
        limits = Limits(cached_routes=2, cached_routes_per_channel=1, cached_permissions=1)
        client = Bench(limits=limits).client()
        client.channel.queue_declare("q")
        client.channel.queue_bind("q", "amq.topic", "#")
        for number in range(5):
            client.publish("amq.topic", str(number), str(number).encode())
        assert client.drain("q") == [b"0", b"1", b"2", b"3", b"4"]
        assert len(client.channel.core.publisher._routes) == 1
        assert len(client.channel.vhost.router._routes) <= 2


def test_the_core_imports_no_event_loop_and_no_socket() -> None:
    folder = Path(hubemu.broker.core.__file__).parent
    for source in folder.rglob("*.py"):
        text = source.read_text()
        for module in ("asyncio", "socket", "ssl"):
            assert f"import {module}" not in text, source


def test_large_headers_count_towards_the_memory_limit() -> None:
    """Chaos showed it: 100 KB of headers and a small body, again and again, took gigabytes."""
    bench = Bench(limits=Limits(queued_bytes=1_000_000))
    client = bench.client()
    client.channel.queue_declare("q")
    headers = {"h": "x" * 100_000}
    for _ in range(11):
        client.publish("", "q", b"small", headers=headers)
    assert bench.broker.alarms.reasons == ("low on memory",)
    assert client.drain("q") == [b"small"] * 11
    assert bench.broker.memory_use.bytes == 0
    assert not bench.broker.memory_use.under_pressure
