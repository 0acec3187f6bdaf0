"""What waits in queues, taken down and put back: as if its holders went, as often as asked."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from hubemu.broker.core import Broker, LocalDelivery
from hubemu.broker.core import Channel as CoreChannel
from hubemu.broker.core.contents import BrokerContents, contents_of, put_back, withdraw
from tests.support.core_broker import VHOST, Bench, Client, RecordingObserver
from tests.support.durable_broker import DurableBench, contents

CLASSIC: dict[str, Any] = {}
QUORUM = {"x-queue-type": "quorum"}
PRIORITIES = {"x-max-priority": 3}
KINDS = [CLASSIC, QUORUM, PRIORITIES]


def declare(client: Client, arguments: dict[str, Any], count: int = 4) -> None:
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    for number in range(count):
        client.publish("", "q", b"%d" % number, priority=number % 3)


def cores(*clients: Client) -> list[CoreChannel]:
    return [client.channel.core for client in clients]


def taken(broker: Broker, *clients: Client) -> BrokerContents:
    return contents_of(broker, cores(*clients))


def emptied(broker: Broker, *clients: Client) -> None:
    for vhost in broker.vhosts.values():
        vhost.purge()
    withdraw(broker, cores(*clients))


def test_empty_queues_are_left_out(bench: Bench, client: Client) -> None:
    declare(client, CLASSIC, count=0)
    assert len(taken(bench.broker, client)) == 0


@pytest.mark.parametrize("arguments", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_what_is_held_is_where_it_would_be_if_its_holders_went(
    bench: Bench, client: Client, arguments: dict[str, Any], seed: int
) -> None:
    chance = random.Random(seed)
    declare(client, arguments, count=20)
    holders = [bench.client() for _ in range(3)]
    for number, holder in enumerate(holders):
        holder.channel.qos(0, chance.randrange(1, 4), False)
        for tag in ("b", "a"):
            holder.consume("q", f"{tag}{number}")
        for _ in range(chance.randrange(3)):
            holder.get("q", no_ack=False)
    for holder in holders:
        for delivered in holder.tags:
            if chance.random() < 0.3:
                holder.channel.nack(delivered)
    for holder in holders:
        holder.channel.core.consumers.stop()  # what one leaves must not go to another
    told = taken(bench.broker, *holders)
    assert len(told) == 20
    for holder in holders:
        holder.channel.close()
    assert taken(bench.broker) == told


def test_what_a_transaction_has_settled_is_held_until_the_commit(
    bench: Bench, client: Client
) -> None:
    declare(client, CLASSIC, count=3)
    holder = bench.client()
    holder.channel.tx_select()
    for _ in range(3):
        holder.get("q", no_ack=False)
    holder.channel.ack(2)
    told = taken(bench.broker, holder)
    assert [one.message.body for one in told.queues[VHOST, "q"]] == [b"0", b"1", b"2"]
    holder.channel.tx_commit()
    assert len(taken(bench.broker, holder)) == 2


def test_what_a_consumer_in_this_process_holds_is_among_it(bench: Bench, client: Client) -> None:
    declare(client, CLASSIC)
    held: list[LocalDelivery] = []
    bench.vhost.subscribe("q", held.append, prefetch=2)
    (waiting,) = taken(bench.broker, client).queues.values()
    assert [one.message.body for one in waiting] == [b"0", b"1", b"2", b"3"]
    assert [one.redelivered for one in waiting] == [True, True, False, False]


@pytest.mark.parametrize("arguments", KINDS)
def test_it_is_put_back_as_it_was_and_again(
    bench: Bench, client: Client, arguments: dict[str, Any]
) -> None:
    declare(client, arguments)
    client.get("q", no_ack=False)
    told = taken(bench.broker, client)
    for _ in range(2):
        emptied(bench.broker, client)
        assert bench.vhost.depths()["q"][:2] == (0, 0)
        put_back(bench.broker, told, 0.0)
        assert taken(bench.broker, client) == told
        client.publish("", "q", b"later", priority=0)
        assert client.drain("q")[-1] == b"later"


def test_bodies_are_shared(bench: Bench, client: Client) -> None:
    declare(client, CLASSIC)
    told = taken(bench.broker, client)
    emptied(bench.broker, client)
    put_back(bench.broker, told, 0.0)
    (before,), (after,) = told.queues.values(), taken(bench.broker, client).queues.values()
    assert all(one.message is other.message for one, other in zip(before, after, strict=True))


def test_it_has_as_long_to_live_as_it_had(bench: Bench, client: Client) -> None:
    declare(client, {"x-message-ttl": 10_000}, count=1)
    bench.advance(4)
    told = taken(bench.broker, client)
    emptied(bench.broker, client)
    bench.advance(100)
    put_back(bench.broker, told, 100.0)
    bench.advance(5.9)
    assert bench.vhost.depths()["q"].ready == 1
    bench.advance(0.2)
    bench.broker.expire()
    assert bench.vhost.depths()["q"].ready == 0


def test_a_consumer_that_waits_gets_it_at_once_marked_as_it_was(
    bench: Bench, client: Client
) -> None:
    declare(client, QUORUM, count=2)
    holder = bench.client()
    holder.get("q", no_ack=False)
    told = taken(bench.broker, holder)
    emptied(bench.broker, holder)
    waiting = bench.client()
    waiting.consume("q")
    put_back(bench.broker, told, 0.0)
    assert waiting.received == [b"0", b"1"]
    assert [again for _, _, again, _ in waiting.sink.deliveries] == [True, False]
    assert waiting.sink.deliveries[0][3].headers["x-delivery-count"] == 1


@pytest.mark.parametrize("arguments", KINDS)
@pytest.mark.parametrize("how", ["ack", "reject", "nack", "close", "recover", "close tx"])
def test_what_is_withdrawn_is_settled_as_before_and_nobody_is_told(
    arguments: dict[str, Any], how: str
) -> None:
    observer = RecordingObserver()
    bench = Bench(observer=observer)
    client, holder = bench.client(), bench.client()
    client.channel.queue_declare("dead", durable=True)
    dying = {**arguments, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    client.channel.queue_declare("q", durable=True, arguments=dying)
    if how == "close tx":
        holder.channel.tx_select()
    holder.channel.qos(0, 1, False)
    holder.consume("q")
    client.publish("", "q", b"before", token="m1")
    if how == "close tx":
        holder.channel.ack(1)
    emptied(bench.broker, holder)
    client.publish("", "q", b"after")
    observer.seen.clear()
    assert bench.vhost.depths()["q"][:2] == (1, 0)
    if how == "ack":
        holder.channel.ack(1)
    elif how == "reject":
        holder.channel.reject(1, requeue=False)
    elif how == "nack":
        holder.channel.nack(1, requeue=True)
    elif how == "recover":
        holder.channel.recover(True)
        holder.channel.resume()
    else:
        holder.channel.close()
    assert observer.seen == []
    assert client.drain("dead") == []
    left = holder.received[1:] or client.drain("q")
    assert left == [b"after"]
    holder.channel.close()
    client.drain("q")
    assert bench.broker.memory_use.messages == 0
    assert bench.broker.memory_use.bytes == 0


def test_what_is_withdrawn_twice_is_withdrawn(bench: Bench, client: Client) -> None:
    declare(client, CLASSIC, count=1)
    client.get("q", no_ack=False)
    emptied(bench.broker, client)
    emptied(bench.broker, client)
    client.channel.close()
    assert bench.vhost.depths()["q"][:2] == (0, 0)


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("arguments", [CLASSIC, QUORUM])
def test_what_is_on_disk_then_is_what_was_put_back(
    tmp_path: Path, arguments: dict[str, Any], how: str
) -> None:
    bench = DurableBench(tmp_path)
    client = bench.client()
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    for body in (b"1", b"2", b"3"):
        client.publish("", "q", body, delivery_mode=2)
    client.get("q", no_ack=False)
    bench.commit()
    told = taken(bench.broker, client)
    client.publish("", "q", b"4", delivery_mode=2)
    client.get("q", no_ack=True)
    bench.commit()
    emptied(bench.broker, client)
    put_back(bench.broker, told, 0.0)
    bench.commit()
    client.channel.close()
    (bench.stop if how == "stop" else bench.kill)()

    bench = DurableBench(tmp_path)
    assert [body for body, _ in contents(bench, "q")] == [b"1", b"2", b"3"]
    bench.stop()
