"""What random dialogues with RabbitMQ 3.10 showed (`tests.broker.differential`): its values."""

from __future__ import annotations

import pytest

from hubemu.broker.core.errors import ChannelError
from tests.support.core_broker import Bench, Client


def test_a_message_that_overtakes_counts_though_its_time_is_over() -> None:
    """Seeds 700301, 701014, 701556, 702265."""
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("q", arguments={"x-max-priority": 10})
    client.publish("", "q", b"first")
    client.publish("", "q", b"over", priority=5, expiration="0")
    assert client.channel.queue_declare("q", passive=True).message_count == 2
    got = client.channel.get("q", no_ack=True)
    assert got is not None
    assert (got.message.body, got.message_count) == (b"over", 1)


def test_a_message_that_overtakes_goes_when_one_before_it_is_given_away() -> None:
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("q", arguments={"x-max-priority": 10})
    client.publish("", "q", b"0")
    client.publish("", "q", b"5", priority=5, expiration="0")
    client.publish("", "q", b"6", priority=6)
    got = client.channel.get("q", no_ack=True)
    assert got is not None
    assert (got.message.body, got.message_count) == (b"6", 1)


@pytest.mark.parametrize(
    ("kind", "no_ack", "left"),
    [("classic", False, 0), ("classic", True, 0), ("quorum", False, 1), ("quorum", True, 0)],
)
def test_what_expired_behind_a_message_that_is_got(kind: str, no_ack: bool, left: int) -> None:
    """Seeds 200921, 301590, 400953, 800719."""
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("q", durable=True, arguments={"x-queue-type": kind})
    client.publish("", "q", b"m1")
    client.publish("", "q", b"m2", expiration="0")
    got = client.channel.get("q", no_ack=no_ack)
    assert got is not None
    assert got.message_count == left
    bench.broker.expire()
    assert client.channel.get("q") is None


def test_a_dead_letter_follows_the_message_it_is_of() -> None:
    """Seed 702096: routed to both queues, it dies in one and comes to the other once more."""
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("alive")
    arguments = {"x-max-length": 0, "x-dead-letter-exchange": ""}
    client.channel.queue_declare("dies", arguments=arguments)
    client.publish("", "dies", b"m", headers={"CC": ["alive"]})
    found = [client.channel.get("alive", no_ack=True) for _ in range(2)]
    assert ["x-death" in one.message.headers for one in found if one] == [False, True]


def test_a_queue_that_is_neither_empty_nor_unused_is_told_to_be_not_empty() -> None:
    """Seed 701104."""
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("q")
    client.channel.qos(0, 1, False)
    client.consume("q")
    client.publish("", "q", b"1")
    client.publish("", "q", b"2")
    with pytest.raises(ChannelError, match="queue 'q' in vhost '/' not empty"):
        client.channel.queue_delete("q", if_unused=True, if_empty=True)


def test_what_a_headers_exchange_does_not_understand_is_told_before_whose_queue_it_is() -> None:
    """Seed 700200."""
    bench = Bench()
    bench.client().channel.queue_declare("q", exclusive=True)
    channel = bench.client().channel
    with pytest.raises(ChannelError, match="Invalid x-match field type"):
        channel.queue_bind("q", "amq.headers", "", {"x-match": b"\0\xff"})
    with pytest.raises(ChannelError, match="no queue 'none'"):
        channel.queue_bind("none", "amq.headers", "", {"x-match": b"\0\xff"})
    with pytest.raises(ChannelError, match="exclusive access to locked queue"):
        channel.queue_bind("q", "amq.headers", "", {"x-match": "all"})


def test_a_new_consumer_of_a_channel_with_a_prefetch_stands_in_last() -> None:
    """Seeds 400303, 1050624: who waits for room is served in the queue's own order."""
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("q")
    client.consume("q", tag="old")
    client.publish("", "q", b"1")
    client.channel.qos(0, 1, True)
    client.consume("q", tag="new")
    client.publish("", "q", b"2")
    client.publish("", "q", b"3")
    client.channel.ack(1)
    client.channel.ack(2)
    assert [tag for tag, *_ in client.sink.deliveries] == ["old", "old", "new"]


def test_what_comes_back_to_a_priority_queue_is_looked_at_again() -> None:
    """Seed 1050022: its time is over, so nobody gets it a second time."""
    bench = Bench()
    held, other = bench.client(), bench.client()
    held.channel.queue_declare("q", arguments={"x-max-priority": 10})
    held.consume("q")
    held.publish("", "q", b"over", priority=5, expiration="0")
    other.consume("q")
    held.channel.close()
    assert held.received == [b"over"]
    assert other.received == []


def test_what_consumers_of_a_channel_leave_to_a_quorum_queue_comes_one_by_one() -> None:
    """Seed 1050424: consumer by consumer, in the order of their tags."""
    bench = Bench()
    left = bench.client()
    left.channel.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum"})
    for tag in ("b", "a"):
        left.consume("q", tag=tag)
    for body in (b"1", b"2", b"3"):
        left.publish("", "q", body)
    left.channel.close()
    reader = bench.client()
    got = [reader.channel.get("q", no_ack=True) for _ in range(3)]
    assert [one.message.body for one in got if one] == [b"2", b"1", b"3"]


@pytest.mark.parametrize("settle", ["recover", "nack"])
def test_what_is_got_comes_back_before_what_a_consumer_holds(settle: str) -> None:
    """Seed 4000920: one by one, so that a full queue has room for all of it."""
    client = Bench().client()
    client.channel.queue_declare("q", arguments={"x-max-length": 2})
    client.publish("", "q", b"got")
    client.channel.get("q")
    client.publish("", "q", b"1")
    client.publish("", "q", b"2")
    client.consume("q")
    _take_back(client, settle)
    assert client.received == [b"1", b"2", b"got", b"1", b"2"]


@pytest.mark.parametrize("settle", ["recover", "nack"])
@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_what_consumers_of_a_channel_take_back_goes_round_by_round(kind: str, settle: str) -> None:
    """Seeds 4000927, 4001141: in the order of their tags, each round to whose turn it is."""
    client = Bench().client()
    client.channel.queue_declare("q", durable=True, arguments={"x-queue-type": kind})
    for tag in ("b", "a"):
        client.consume("q", tag=tag)
    for body in (b"1", b"2", b"3"):
        client.publish("", "q", body)
    _take_back(client, settle)
    again = [(tag, message.body) for tag, _, _, message in client.sink.deliveries[3:]]
    assert again == [("a", b"2"), ("b", b"1"), ("a", b"3")]


def test_the_window_of_a_consumer_opens_when_its_own_come_back() -> None:
    client = Bench().client()
    client.channel.queue_declare("q")
    client.channel.qos(0, 1, False)
    for tag in ("b", "a"):
        client.consume("q", tag=tag)
    for body in (b"1", b"2", b"3"):
        client.publish("", "q", body)
    _take_back(client, "nack")
    again = [(tag, message.body) for tag, _, _, message in client.sink.deliveries[2:]]
    assert again == [("a", b"2"), ("b", b"1")]


def test_a_recover_before_the_channel_ends_loses_nothing() -> None:
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("q")
    client.publish("", "q", b"1")
    client.channel.get("q")
    client.channel.recover(True)
    client.channel.close()
    assert bench.client().drain("q") == [b"1"]


def _take_back(client: Client, settle: str) -> None:
    if settle == "recover":
        client.channel.recover(True)
        client.channel.resume()
    else:
        client.channel.nack(0, multiple=True)


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_what_is_over_when_a_limit_made_it_the_first_dies_of_that(kind: str) -> None:
    """Seed 4002858; RabbitMQ's quorum queues, if a millisecond lies between the messages."""
    client = Bench().client()
    client.channel.queue_declare("dead")
    arguments = {
        "x-queue-type": kind,
        "x-max-length": 2,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "dead",
    }
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    for body in (b"p0", b"p1"):
        client.publish("", "q", body)
    for body in (b"t0", b"t1", b"t2"):
        client.publish("", "q", body, expiration="0")
    dead = [client.get_headers("dead")["x-first-death-reason"] for _ in range(5)]
    assert dead == ["maxlen", "maxlen", "expired", "expired", "expired"]
