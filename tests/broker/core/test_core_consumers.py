"""Consuming: turns, windows, settling, order of what comes back, transactions."""

from __future__ import annotations

import pytest

from hubemu.broker.core import ChannelError, ConnectionError_
from tests.support.core_broker import Bench, Client, fill


def test_nothing_is_delivered_before_consume_is_answered(client: Client) -> None:
    fill(client, "q", 2)
    assert client.channel.consume("q", "c") == "c"
    assert client.received == []
    client.channel.resume()
    assert client.received == [b"0", b"1"]
    assert client.tags == [1, 2]


def test_consumer_tags_are_made_up_when_none_is_given(client: Client) -> None:
    client.channel.queue_declare("q")
    assert client.channel.consume("q").startswith("amq.ctag-")


def test_consumers_take_turns(bench: Bench) -> None:
    first, second = bench.client(), bench.client()
    first.channel.queue_declare("q")
    first.consume("q")
    second.consume("q")
    for number in range(4):
        first.publish("", "q", str(number).encode())
    assert (first.received, second.received) == ([b"0", b"2"], [b"1", b"3"])


def test_higher_priority_goes_first_while_it_has_room(bench: Bench) -> None:
    low, high = bench.client(), bench.client()
    low.channel.queue_declare("q")
    low.consume("q", arguments={"x-priority": -1})
    high.channel.qos(0, 2, False)
    high.consume("q")
    for number in range(4):
        low.publish("", "q", str(number).encode())
    assert (high.received, low.received) == ([b"0", b"1"], [b"2", b"3"])
    high.channel.ack(1)
    low.publish("", "q", b"4")
    assert high.received[-1] == b"4"


def test_prefetch_per_consumer(client: Client) -> None:
    fill(client, "q", 5)
    client.channel.qos(0, 2, False)
    client.consume("q", "a")
    client.consume("q", "b")
    assert client.received == [b"0", b"1", b"2", b"3"]
    client.channel.ack(2)
    assert client.received[4:] == [b"4"]


def test_prefetch_of_a_channel(client: Client) -> None:
    fill(client, "q", 6)
    client.channel.qos(0, 3, True)
    client.consume("q", "a")
    client.consume("q", "b")
    assert len(client.received) == 3
    client.channel.ack(0, True)
    assert len(client.received) == 6
    client.channel.qos(0, 0, True)
    assert len(client.received) == 6


def test_prefetch_does_not_count_get_or_no_ack(client: Client) -> None:
    fill(client, "q", 4)
    client.channel.qos(0, 1, True)
    assert client.get("q", no_ack=False) == b"0"
    client.consume("q", no_ack=True)
    assert client.received == [b"1", b"2", b"3"]


def test_a_sink_that_is_not_writable_gets_nothing_until_resumed(client: Client) -> None:
    client.channel.queue_declare("q")
    client.consume("q")
    client.sink.writable = False
    client.publish("", "q", b"1")
    assert client.received == []
    client.sink.writable = True
    client.publish("", "q", b"2")
    assert client.received == []
    client.channel.resume()
    assert client.received == [b"1", b"2"]


def test_ack_multiple_takes_all_up_to_the_tag(bench: Bench, client: Client) -> None:
    fill(client, "q", 5)
    client.consume("q")
    client.channel.ack(2)
    client.channel.ack(3, True)
    assert bench.depth("q") == (0, 2, 1)
    with pytest.raises(ChannelError, match="unknown delivery tag 3"):
        client.channel.ack(3, True)
    client.channel.ack(0, True)
    client.channel.ack(0, True)
    assert bench.depth("q") == (0, 0, 1)


def test_requeued_messages_take_their_old_place(client: Client) -> None:
    fill(client, "q", 5)
    tags = [got.delivery_tag for _ in range(3) if (got := client.channel.get("q"))]
    client.channel.nack(tags[1], requeue=True)
    got = client.channel.get("q")
    assert got is not None
    assert (got.message.body, got.redelivered, got.message_count) == (b"1", True, 2)
    client.channel.recover(True)
    client.channel.resume()
    again = [client.channel.get("q", no_ack=True) for _ in range(5)]
    seen = [(one.message.body, one.redelivered) for one in again if one is not None]
    assert seen == [(b"0", True), (b"1", True), (b"2", True), (b"3", False), (b"4", False)]


def test_recover_delivers_again_after_its_answer(client: Client) -> None:
    fill(client, "q", 2)
    client.consume("q")
    client.channel.recover(True)
    assert len(client.received) == 2
    client.channel.resume()
    assert client.received[2:] == [b"0", b"1"]
    assert client.tags == [1, 2, 3, 4]
    assert [redelivered for _, _, redelivered, _ in client.sink.deliveries][2:] == [True, True]


def test_what_was_only_got_and_recovered_goes_to_other_consumers(bench: Bench) -> None:
    getter, consumer = bench.client(), bench.client()
    fill(getter, "q", 1)
    getter.get("q", no_ack=False)
    consumer.consume("q")
    getter.channel.recover(True)
    getter.channel.resume()
    assert consumer.received == [b"0"]


def test_closing_a_channel_puts_everything_back_in_order(bench: Bench, client: Client) -> None:
    fill(client, "q", 3)
    other = bench.client()
    other.consume("q", "a")
    other.channel.close()
    other.channel.close()
    assert bench.depth("q") == (3, 0, 0)
    assert client.drain("q") == [b"0", b"1", b"2"]


def test_another_consumer_gets_what_a_closed_channel_held(bench: Bench, client: Client) -> None:
    fill(client, "q", 3)
    client.consume("q")
    other = bench.client()
    other.consume("q")
    client.channel.close()
    assert other.received == [b"0", b"1", b"2"]


def test_what_dies_of_coming_back_does_not_go_to_the_channel_that_closes(
    bench: Bench, client: Client
) -> None:
    client.channel.queue_declare("dl")
    arguments = {
        "x-max-length": 1,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "dl",
    }
    client.channel.queue_declare("short", arguments=arguments)
    client.consume("short", "a")
    client.consume("dl", "b")
    for _ in range(3):
        client.publish("", "short")
    client.channel.close()
    assert (bench.depth("short"), bench.depth("dl")) == ((1, 0, 0), (2, 0, 0))


def test_cancel_leaves_unacked_messages_with_the_channel(bench: Bench, client: Client) -> None:
    fill(client, "q", 1)
    client.consume("q")
    client.channel.cancel("c")
    assert bench.depth("q") == (0, 1, 0)
    client.channel.ack(1)
    client.publish("", "q")
    assert bench.depth("q") == (1, 0, 0)


def test_deleting_a_queue_cancels_its_consumers(bench: Bench, client: Client) -> None:
    fill(client, "q", 1)
    other = bench.client()
    other.consume("q", "mine")
    client.publish("", "q")
    assert client.channel.queue_delete("q") == 0
    assert other.sink.said[-1] == ("cancel", "mine")
    assert other.channel.consumers == {}
    other.channel.ack(1)
    other.channel.nack(2, requeue=True)


def test_an_auto_delete_queue_goes_with_its_last_consumer(bench: Bench, client: Client) -> None:
    client.channel.queue_declare("q", auto_delete=True)
    client.consume("q", "a")
    client.consume("q", "b")
    client.channel.cancel("a")
    assert "q" in bench.vhost.queues
    client.channel.close()
    assert "q" not in bench.vhost.queues


def test_exclusive_queues_are_never_durable(bench: Bench, client: Client) -> None:
    for durable in (True, False, True):
        client.channel.queue_declare("own", exclusive=True, durable=durable)
    assert not bench.vhost.queues["own"].durable


def test_exclusive_queues_go_with_their_connection(bench: Bench, client: Client) -> None:
    name = client.channel.queue_declare("", exclusive=True).name
    assert name.startswith("amq.gen-")
    client.channel.queue_bind(name, "amq.fanout", "")
    client.channel.close()
    client.owner.close()
    assert name not in bench.vhost.queues
    assert bench.vhost.exchanges["amq.fanout"].bindings == ()


def test_a_single_active_consumer_is_followed_by_the_next(bench: Bench) -> None:
    first, second = bench.client(), bench.client()
    first.channel.queue_declare("q", arguments={"x-single-active-consumer": True})
    first.consume("q")
    second.consume("q")
    first.publish("", "q", b"0")
    first.publish("", "q", b"1")
    assert (first.received, second.received) == ([b"0", b"1"], [])
    first.channel.close()
    assert second.received == [b"0", b"1"]


def test_priorities_of_messages(client: Client) -> None:
    client.channel.queue_declare("q", arguments={"x-max-priority": 5})
    for priority, body in ((None, b"a"), (3, b"b"), (9, b"c"), (5, b"d"), (0, b"e")):
        client.publish("", "q", body, priority=priority)
    tags = [got.delivery_tag for _ in range(3) if (got := client.channel.get("q"))]
    client.channel.nack(tags[-1], True, True)
    assert client.drain("q") == [b"c", b"d", b"b", b"a", b"e"]


def test_a_delivery_limit_ends_redelivery(bench: Bench, client: Client) -> None:
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": 2, "x-dead-letter-exchange": ""}
    arguments["x-dead-letter-routing-key"] = "dl"
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    client.channel.queue_declare("dl")
    client.publish("", "q", b"1")
    for _ in range(3):
        got = client.channel.get("q")
        assert got is not None
        client.channel.reject(got.delivery_tag, requeue=True)
    assert client.get("q") is None
    assert client.get_headers("dl")["x-first-death-reason"] == "delivery_limit"


def test_too_many_consumers_on_a_channel(client: Client) -> None:
    client.channel.queue_declare("q")
    for _ in range(client.channel.vhost.runtime.limits.consumers_per_channel):
        client.channel.consume("q")
    with pytest.raises(ConnectionError_, match=r"reached maximum \(10000\) of consumers"):
        client.channel.consume("q")
