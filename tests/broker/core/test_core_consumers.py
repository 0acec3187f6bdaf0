"""Consuming: turns, windows, settling, order of what comes back, transactions."""

from __future__ import annotations

import pytest

from hubemu.broker.core import ChannelError, ConnectionError_, LocalDelivery
from tests.support.core_broker import Bench, Client


def fill(client: Client, queue: str, count: int) -> None:
    client.channel.queue_declare(queue)
    for number in range(count):
        client.publish("", queue, str(number).encode())


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


class TestTransactions:
    def test_nothing_happens_before_commit(self, bench: Bench, client: Client) -> None:
        fill(client, "q", 1)
        client.consume("q")
        client.channel.tx_select()
        client.publish("", "other", b"x", mandatory=True)
        client.publish("", "q", b"y")
        client.channel.ack(1)
        assert bench.depth("q") == (0, 1, 1)
        client.channel.tx_commit()
        assert client.sink.said[1:] == [
            ("return", 312, "NO_ROUTE", b"x"),
            ("deliver", "c", b"y"),
        ]
        assert bench.depth("q") == (0, 1, 1)

    def test_rollback_forgets_publications_and_settlements(
        self, bench: Bench, client: Client
    ) -> None:
        fill(client, "q", 2)
        client.consume("q")
        client.channel.tx_select()
        client.publish("", "q", b"never")
        client.channel.ack(1)
        client.channel.reject(2, requeue=False)
        client.channel.tx_rollback()
        assert bench.depth("q") == (0, 2, 1)
        client.channel.ack(2, True)
        client.channel.tx_commit()
        assert bench.depth("q") == (0, 0, 1)

    def test_closing_puts_back_what_was_not_committed(self, bench: Bench, client: Client) -> None:
        fill(client, "q", 1)
        client.channel.tx_select()
        client.get("q", no_ack=False)
        client.channel.ack(1)
        client.channel.close()
        assert bench.depth("q") == (1, 0, 0)


class TestPublishing:
    def test_returns_come_before_confirms(self, client: Client) -> None:
        client.channel.confirm_select()
        client.publish("", "nowhere", b"1", mandatory=True)
        client.publish("", "nowhere", b"2")
        assert client.sink.said == [
            ("return", 312, "NO_ROUTE", b"1"),
            ("ack", 1, False),
            ("ack", 2, False),
        ]

    def test_confirms_count_from_confirm_select(self, client: Client) -> None:
        client.publish("", "nowhere")
        client.channel.confirm_select()
        client.channel.confirm_select()
        client.publish("", "nowhere")
        assert client.sink.said == [("ack", 1, False)]

    def test_a_full_queue_nacks_what_it_refuses(self, bench: Bench, client: Client) -> None:
        arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        client.channel.queue_declare("q", arguments=arguments)
        client.channel.confirm_select()
        client.publish("", "q", b"1")
        client.publish("", "q", b"2")
        assert client.sink.said == [("ack", 1, False), ("nack", 2, False)]
        assert client.drain("q") == [b"1"]

    def test_a_full_queue_may_dead_letter_what_it_refuses(self, client: Client) -> None:
        client.channel.queue_declare("dl")
        arguments = {
            "x-max-length": 0,
            "x-overflow": "reject-publish-dlx",
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": "dl",
        }
        client.channel.queue_declare("q", arguments=arguments)
        client.publish("", "q", b"1")
        assert client.get_headers("dl")["x-first-death-reason"] == "maxlen"

    def test_a_limit_in_bytes_counts_bodies_of_ready_messages(self, client: Client) -> None:
        client.channel.queue_declare("q", arguments={"x-max-length-bytes": 10})
        for body in (b"12345", b"6789", b"abc"):
            client.publish("", "q", body)
        assert client.drain("q") == [b"6789", b"abc"]


class TestLocalConsumer:
    def test_acknowledging_within_the_call_goes_on_without_recursion(self, bench: Bench) -> None:
        client = bench.client()
        client.channel.queue_declare("q")
        taken: list[LocalDelivery] = []

        def take(delivery: LocalDelivery) -> None:
            taken.append(delivery)
            if len(taken) > 1:
                consumer.ack(delivery)

        consumer = bench.vhost.subscribe("q", take, prefetch=1)
        fill(client, "q", 3000)
        assert len(taken) == 1
        consumer.ack(taken[0])
        assert [int(one.message.body) for one in taken] == list(range(3000))
        assert bench.depth("q") == (0, 0, 1)

    def test_publishing_within_the_call_keeps_order(self, bench: Bench) -> None:
        client = bench.client()
        client.channel.queue_declare("q")
        seen: list[bytes] = []

        def take(delivery: LocalDelivery) -> None:
            seen.append(delivery.message.body)
            if len(seen) < 4:
                client.publish("", "q", str(len(seen)).encode())
                assert len(seen) == int(delivery.message.body) + 1

        bench.vhost.subscribe("q", take, prefetch=0)
        client.publish("", "q", b"0")
        assert seen == [b"0", b"1", b"2", b"3"]

    def test_reject_and_cancel(self, bench: Bench) -> None:
        client = bench.client()
        fill(client, "q", 3)
        taken: list[LocalDelivery] = []
        consumer = bench.vhost.subscribe("q", taken.append, prefetch=2)
        consumer.reject(taken[0])
        assert [one.message.body for one in taken] == [b"0", b"1", b"2"]
        consumer.reject(taken[1], requeue=True)
        assert (taken[3].message.body, taken[3].redelivered) == (b"1", True)
        consumer.cancel()
        consumer.cancel()
        assert client.drain("q") == [b"1", b"2"]
        with pytest.raises(KeyError):
            consumer.ack(taken[3])

    def test_a_missing_queue(self, bench: Bench) -> None:
        with pytest.raises(ChannelError, match="no queue 'nope'"):
            bench.vhost.subscribe("nope", lambda delivery: None, prefetch=1)


def test_too_many_consumers_on_a_channel(client: Client) -> None:
    client.channel.queue_declare("q")
    for _ in range(client.channel.vhost.runtime.limits.consumers_per_channel):
        client.channel.consume("q")
    with pytest.raises(ConnectionError_, match=r"reached maximum \(10000\) of consumers"):
        client.channel.consume("q")
