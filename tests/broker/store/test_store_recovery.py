"""What survives a stop and a kill, and in which condition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hubemu.broker.core import Broker, ChannelError
from tests.support.core_broker import START, VHOST, Client
from tests.support.durable_broker import DurableBench, contents


def bodies(bench: DurableBench, queue: str) -> list[bytes]:
    return [body for body, _ in contents(bench, queue)]


def test_durable_objects_and_their_bindings_come_back(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    channel = bench.client().channel
    channel.exchange_declare("x", "topic", durable=True, arguments={"alternate-exchange": "y"})
    channel.exchange_declare("y", "fanout", durable=True, auto_delete=True)
    channel.queue_declare("q", durable=True, arguments={"x-max-length": 7, "x-tag": "t"})
    channel.queue_bind("q", "x", "a.#")
    channel.queue_bind("q", "amq.headers", "", {"x-match": "all", "kind": 1})
    channel.exchange_bind("y", "x", "b")
    channel.queue_bind("q", "y", "")
    bench.stop()

    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.exchange_declare(
        "x", "topic", durable=True, arguments={"alternate-exchange": "y"}
    )
    client.channel.exchange_declare("y", "fanout", durable=True, auto_delete=True)
    client.channel.queue_declare("q", durable=True, arguments={"x-max-length": 7, "x-tag": "t"})
    for exchange, key, headers in (("x", "a.b", None), ("x", "b", None), ("amq.headers", "", 1)):
        client.publish(exchange, key, b"m", headers=headers and {"kind": headers})
    assert len(bodies(bench, "q")) == 3
    bench.stop()


@pytest.mark.parametrize("gone", ["transient queue", "exclusive", "transient exchange"])
def test_what_is_not_durable_is_gone(tmp_path: Path, gone: str) -> None:
    bench = DurableBench(tmp_path)
    channel = bench.client().channel
    channel.queue_declare("transient queue")
    channel.queue_declare("exclusive", durable=True, exclusive=True)
    channel.exchange_declare("transient exchange", "fanout")
    channel.queue_declare("kept", durable=True)
    channel.queue_bind("kept", "transient exchange", "")
    channel.queue_bind("exclusive", "amq.fanout", "")
    bench.commit()
    bench.kill()

    bench = DurableBench(tmp_path)
    vhost = bench.broker.vhosts[VHOST]
    assert gone not in (*vhost.queues, *vhost.exchanges)
    assert list(vhost.queues) == ["kept"]
    assert not vhost.exchanges["amq.fanout"].bindings
    bench.stop()


def test_what_was_deleted_stays_away(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    for name in ("a", "b"):
        client.channel.queue_declare(name, durable=True)
        client.channel.exchange_declare(f"x{name}", "fanout", durable=True)
        client.channel.queue_bind(name, f"x{name}", "")
        client.publish("", name, b"m", delivery_mode=2)
    bench.commit()
    client.channel.queue_delete("a")
    client.channel.exchange_delete("xb")
    bench.commit()
    client.channel.queue_declare("a", durable=True)
    bench.stop()

    bench = DurableBench(tmp_path)
    vhost = bench.broker.vhosts[VHOST]
    assert (bodies(bench, "a"), bodies(bench, "b")) == ([], [b"m"])
    assert "xb" not in vhost.exchanges
    assert not vhost.exchanges["xa"].bindings
    bench.stop()


def test_persistent_messages_come_back_whole_and_in_order(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    for number in range(5):
        mode = 1 if number == 2 else 2
        client.publish("", "q", b"%d" % number, delivery_mode=mode, message_id=f"m{number}")
    client.publish("amq.direct", "nowhere", b"lost", delivery_mode=2)
    bench.commit()
    client.get("q")
    bench.stop()

    bench = DurableBench(tmp_path)
    got = bench.client().channel.get("q")
    assert got is not None
    assert (got.message.body, got.message.properties.message_id) == (b"1", "m1")
    assert (got.message.exchange, got.message.routing_key) == ("", "q")
    assert bodies(bench, "q") == [b"3", b"4"]
    bench.stop()


def one_held_of_three(tmp_path: Path) -> tuple[DurableBench, Client]:
    """A queue `q` with the messages 0 to 2, of which a client holds the first."""
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    for number in range(3):
        client.publish("", "q", b"%d" % number, delivery_mode=2)
    bench.commit()
    client.get("q", no_ack=False)
    return bench, client


def test_after_a_stop_only_what_was_delivered_is_redelivered(tmp_path: Path) -> None:
    bench, _client = one_held_of_three(tmp_path)
    bench.stop()
    bench = DurableBench(tmp_path)
    assert contents(bench, "q") == [(b"0", True), (b"1", False), (b"2", False)]
    bench.stop()


def test_after_a_kill_everything_is_redelivered_but_in_quorum_queues(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("classic", durable=True)
    client.channel.queue_declare("quorum", durable=True, arguments={"x-queue-type": "quorum"})
    for queue in ("classic", "quorum"):
        client.publish("", queue, b"transient")
        client.publish("", queue, b"kept", delivery_mode=2)
    bench.commit()
    bench.kill()
    bench = DurableBench(tmp_path)
    assert contents(bench, "classic") == [(b"kept", True)]
    assert contents(bench, "quorum") == [(b"transient", False), (b"kept", False)]
    bench.stop()


def test_what_was_not_committed_is_lost_by_a_kill(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    client.publish("", "q", b"safe", delivery_mode=2)
    bench.commit()
    client.publish("", "q", b"lost", delivery_mode=2)
    client.channel.queue_declare("late", durable=True)
    bench.kill()
    bench = DurableBench(tmp_path)
    assert bodies(bench, "q") == [b"safe"]
    assert "late" not in bench.broker.vhosts[VHOST].queues
    bench.stop()


@pytest.mark.parametrize("committed", [True, False])
def test_what_left_a_queue_does_not_come_back(tmp_path: Path, committed: bool) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    arguments: dict[str, Any] = {"x-max-length": 4}
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    for number in range(6):
        client.publish("", "q", b"%d" % number, delivery_mode=2)
    if committed:
        bench.commit()
    client.get("q")
    client.get("q", no_ack=False)
    client.channel.reject(1 + 1, requeue=False)
    client.get("q", no_ack=False)
    client.channel.ack(3)
    bench.stop()
    bench = DurableBench(tmp_path)
    assert bodies(bench, "q") == [b"5"]
    bench.stop()


def test_a_purged_queue_keeps_what_is_held(tmp_path: Path) -> None:
    bench, client = one_held_of_three(tmp_path)
    client.channel.queue_purge("q")
    bench.stop()
    bench = DurableBench(tmp_path)
    assert contents(bench, "q") == [(b"0", True)]
    bench.stop()


def test_deadlines_are_kept_and_dead_letters_too(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    dead: dict[str, Any] = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dl"}
    client.channel.queue_declare("q", durable=True, arguments=dead)
    client.channel.queue_declare("dl", durable=True)
    client.publish("", "q", b"m", delivery_mode=2, expiration="10000")
    bench.commit()
    bench.kill()

    bench = DurableBench(tmp_path, at=START + 9)
    bench.broker.expire()
    assert bench.broker.vhosts[VHOST].depths()["q"].ready == 1
    bench.commit()
    bench.kill()
    bench = DurableBench(tmp_path, at=START + 11)
    bench.broker.expire()
    bench.stop()

    bench = DurableBench(tmp_path)
    headers = bench.client().get_headers("dl")
    assert [(death["queue"], death["reason"]) for death in headers["x-death"]] == [("q", "expired")]
    assert bodies(bench, "q") == []
    bench.stop()


@pytest.mark.parametrize(
    ("limit", "expected"), [({"x-delivery-limit": 9}, [b"0", b"1"]), ({}, [b"1", b"0"])]
)
def test_a_requeued_message_keeps_its_place_and_its_count(
    tmp_path: Path, limit: dict[str, int], expected: list[bytes]
) -> None:
    """Without a delivery limit its place in a quorum queue is behind the others."""
    bench = DurableBench(tmp_path)
    client = bench.client()
    arguments = {"x-queue-type": "quorum", **limit}
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    client.publish("", "q", b"0", delivery_mode=2)
    bench.commit()
    client.get("q", no_ack=False)
    client.publish("", "q", b"1", delivery_mode=2)
    client.channel.reject(1, requeue=True)
    bench.commit()
    bench.kill()
    bench = DurableBench(tmp_path)
    channel = bench.client().channel
    got = [channel.get("q") for _ in expected]
    assert [one.message.body for one in got if one] == expected
    again = {one.message.body: one for one in got if one}[b"0"]
    assert again.redelivered
    assert again.message.headers["x-delivery-count"] == 1
    bench.stop()


def test_priorities_and_hidden_recipients_are_kept(tmp_path: Path) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    arguments = {
        "x-max-priority": 3,
        "x-dead-letter-exchange": "amq.direct",
    }
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    client.channel.queue_declare("dl", durable=True)
    client.channel.queue_bind("dl", "amq.direct", "hidden")
    client.publish("", "q", b"low", delivery_mode=2, priority=1)
    client.publish("", "q", b"high", delivery_mode=2, priority=3, headers={"BCC": ["hidden"]})
    bench.stop()
    bench = DurableBench(tmp_path)
    client = bench.client()
    got = client.channel.get("q")
    assert got is not None
    assert got.message.body == b"high"
    client.channel.reject(got.delivery_tag, requeue=False)
    assert client.get("dl") == b"high"
    bench.stop()


def test_a_topology_wins_over_the_file_and_costs_nothing_the_second_time(tmp_path: Path) -> None:
    def topology(broker: Broker) -> None:
        vhost = broker.add_vhost(VHOST)
        queue = vhost.add_queue("q", arguments={"x-max-length": 5})
        vhost.bind(vhost.add_exchange("x", "direct"), queue, "k")

    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    client.publish("", "q", b"m", delivery_mode=2)
    bench.stop()

    bench = DurableBench(tmp_path, prepare=topology)
    assert bench.broker.vhosts[VHOST].queues["q"].arguments == {"x-max-length": 5}
    assert bench.broker.vhosts[VHOST].depths()["q"].ready == 1
    bench.stop()
    bench = DurableBench(tmp_path, prepare=topology)
    assert bench.store.cut() is None
    with pytest.raises(ChannelError):
        bench.client().channel.queue_declare("q", durable=True)
    bench.stop()


@pytest.mark.parametrize("key", ["\udcff", "a\udcc3", "\0", "é\udc80\0b", "x" * 250 + "\udcfe"])
def test_keys_that_are_not_utf8_are_kept_octet_by_octet(tmp_path: Path, key: str) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True)
    client.channel.queue_bind("q", "amq.direct", key)
    client.channel.queue_bind("q", "amq.direct", "other")
    client.publish("amq.direct", key, b"m", delivery_mode=2)
    bench.stop()

    bench = DurableBench(tmp_path)
    client = bench.client()
    client.publish("amq.direct", key, b"again", delivery_mode=2)
    keys = []
    while (got := client.channel.get("q", no_ack=True)) is not None:
        keys.append((got.message.body, got.message.routing_key))
    assert keys == [(b"m", key), (b"again", key)]
    client.channel.queue_unbind("q", "amq.direct", key)
    bench.stop()

    bench = DurableBench(tmp_path)
    bench.client().publish("amq.direct", key, b"unbound", delivery_mode=2)
    assert bodies(bench, "q") == []
    bench.stop()
