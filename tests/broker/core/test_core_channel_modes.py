"""What a channel does beside consuming: transactions, confirmed publishing, local consumers."""

from __future__ import annotations

import pytest

from hubemu.broker.core import ChannelError, LocalDelivery
from tests.support.core_broker import Bench, Client, fill


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
            ("ack", 1),
            ("ack", 2),
        ]

    def test_confirms_count_from_confirm_select(self, client: Client) -> None:
        client.publish("", "nowhere")
        client.channel.confirm_select()
        client.channel.confirm_select()
        client.publish("", "nowhere")
        assert client.sink.said == [("ack", 1)]

    def test_a_full_queue_nacks_what_it_refuses(self, bench: Bench, client: Client) -> None:
        arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        client.channel.queue_declare("q", arguments=arguments)
        client.channel.confirm_select()
        client.publish("", "q", b"1")
        client.publish("", "q", b"2")
        assert client.sink.said == [("ack", 1), ("nack", 2)]
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
