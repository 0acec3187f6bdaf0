"""Expiry and dead letters; the headers are those RabbitMQ 3.10.8 made."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.broker.core import Limits
from hubemu.broker.wire.fields import Int64, Timestamp
from hubemu.topology import Policy
from tests.support.channel_calls import Channel
from tests.support.core_broker import START, Bench, Client

TIME = int(START)


@pytest.fixture
def dead(client: Client) -> Client:
    """Queue `a`, bound to `src`, dies into `dl` through the fanout `dlx`."""
    channel = client.channel
    channel.exchange_declare("dlx", "fanout")
    channel.exchange_declare("src", "topic")
    channel.queue_declare("dl")
    channel.queue_declare("a", arguments={"x-dead-letter-exchange": "dlx"})
    channel.queue_bind("dl", "dlx", "")
    channel.queue_bind("a", "src", "#")
    return client


def reject(channel: Channel, queue: str) -> None:
    got = channel.get(queue)
    assert got is not None
    channel.reject(got.delivery_tag, requeue=False)


def death(reason: str, **more: Any) -> dict[str, Any]:
    return {
        "count": 1,
        "reason": reason,
        "queue": "a",
        "time": TIME,
        "exchange": "src",
        "routing-keys": ["k.1"],
        **more,
    }


def first(reason: str) -> dict[str, str]:
    return {
        "x-first-death-exchange": "src",
        "x-first-death-queue": "a",
        "x-first-death-reason": reason,
    }


def test_rejected(dead: Client) -> None:
    dead.publish("src", "k.1", b"1", content_type="text/plain")
    reject(dead.channel, "a")
    got = dead.channel.get("dl")
    assert got is not None
    message = got.message
    assert (message.exchange, message.routing_key, got.redelivered) == ("dlx", "k.1", False)
    assert message.properties.content_type == "text/plain"
    assert message.headers == {"x-death": [death("rejected")], **first("rejected")}
    entry = message.headers["x-death"][0]
    assert isinstance(entry["count"], Int64)
    assert isinstance(entry["time"], Timestamp)
    assert list(entry) == ["count", "reason", "queue", "time", "exchange", "routing-keys"]


def test_expired(bench: Bench, dead: Client) -> None:
    headers = {"h": 1, "CC": ["c1"], "BCC": ["b1"]}
    dead.publish("src", "k.1", b"1", expiration="1000", headers=headers)
    bench.advance(0.9)
    assert bench.depth("dl") == (0, 0, 0)
    bench.advance(0.1)
    got = dead.channel.get("dl")
    assert got is not None
    assert got.message.properties.expiration is None
    entry = death(
        "expired",
        **{"original-expiration": "1000", "routing-keys": ["k.1", "c1"], "time": TIME + 1},
    )
    assert got.message.headers == {
        "h": 1,
        "CC": ["c1"],
        "x-death": [entry],
        **first("expired"),
    }
    assert list(got.message.headers) == sorted(got.message.headers)


def test_a_second_death_of_the_same_kind_counts_up(dead: Client) -> None:
    dead.publish("src", "k.1")
    reject(dead.channel, "a")
    dead.publish("src", "k.2", headers=dead.get_headers("dl"))
    reject(dead.channel, "a")
    headers = dead.get_headers("dl")
    assert headers == {"x-death": [{**death("rejected"), "count": 2}], **first("rejected")}
    assert list(headers["x-death"][0]) == sorted(headers["x-death"][0])


def test_a_death_of_another_kind_comes_first(bench: Bench, dead: Client) -> None:
    dead.publish("src", "k.1")
    reject(dead.channel, "a")
    dead.publish("src", "k.3", headers=dead.get_headers("dl"), expiration="0")
    bench.advance(0)
    expired = death("expired", **{"original-expiration": "0", "routing-keys": ["k.3"]})
    assert dead.get_headers("dl") == {
        "x-death": [expired, death("rejected")],
        **first("rejected"),
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("junk", {"x-death": [death("rejected")]}),
        ([], {"x-death": [death("rejected")]}),
        ([{"queue": "zz"}], {"x-death": [death("rejected"), {"queue": "zz"}]}),
        (
            [{"queue": "a", "reason": "rejected", "extra": 1}],
            {"x-death": [{"queue": "a", "reason": "rejected", "extra": 1, "count": 1}]},
        ),
    ],
)
def test_deaths_a_client_made_up(dead: Client, given: Any, expected: Any) -> None:
    dead.publish("src", "k.1", headers={"x-death": given})
    reject(dead.channel, "a")
    assert dead.get_headers("dl") == expected


def test_a_dead_letter_routing_key_takes_cc_away(client: Client) -> None:
    client.channel.queue_declare("dl")
    arguments = {
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "dl",
        "x-max-length": 1,
    }
    client.channel.queue_declare("b", arguments=arguments)
    client.publish("", "b", b"1", headers={"CC": ["a1"], "z": 1, "aa": 2})
    client.publish("", "b", b"2")
    got = client.channel.get("dl")
    assert got is not None
    assert (got.message.body, got.message.routing_key) == (b"1", "dl")
    assert list(got.message.headers) == [
        "aa",
        "x-death",
        "x-first-death-exchange",
        "x-first-death-queue",
        "x-first-death-reason",
        "z",
    ]
    entry = got.message.headers["x-death"][0]
    assert (entry["reason"], entry["routing-keys"]) == ("maxlen", ["b", "a1"])


def test_without_one_the_copies_die_to_their_keys_too(client: Client) -> None:
    channel = client.channel
    for queue in ("cc", "dl"):
        channel.queue_declare(queue)
    channel.queue_declare("tc", arguments={"x-dead-letter-exchange": ""})
    client.publish("", "tc", b"1", headers={"CC": ["cc"], "BCC": ["b2", "dl"]})
    assert (client.get("cc"), client.get("dl")) == (b"1", b"1")
    reject(channel, "tc")
    for queue in ("cc", "dl", "tc"):
        assert client.get_headers(queue)["x-death"][0]["routing-keys"] == ["tc", "cc"]


def test_an_automatic_cycle_ends(bench: Bench, client: Client) -> None:
    arguments = {"x-dead-letter-exchange": "", "x-message-ttl": 50}
    client.channel.queue_declare("cy", arguments=arguments)
    client.publish("", "cy", b"1")
    bench.advance(0.05)
    assert bench.depth("cy") == (0, 0, 0)


def test_a_rejected_message_may_come_back(bench: Bench, client: Client) -> None:
    arguments = {"x-dead-letter-exchange": "", "x-message-ttl": 50}
    client.channel.queue_declare("cy", arguments=arguments)
    client.publish("", "cy", b"1")
    reject(client.channel, "cy")
    assert bench.depth("cy") == (1, 0, 0)
    bench.advance(0.05)
    assert bench.depth("cy") == (0, 0, 0)


def test_messages_expire_at_the_head_only(bench: Bench, client: Client) -> None:
    client.channel.queue_declare("q")
    client.publish("", "q", b"long", expiration="60000")
    client.publish("", "q", b"short", expiration="1000")
    bench.advance(2)
    assert bench.depth("q") == (2, 0, 0)
    assert client.get("q") == b"long"
    assert client.get("q") is None


def test_the_shorter_of_queue_and_message_ttl_counts(bench: Bench, client: Client) -> None:
    client.channel.queue_declare("q", arguments={"x-message-ttl": 1000})
    for expiration in ("5000", "500"):
        client.publish("", "q", expiration.encode(), expiration=expiration)
    bench.advance(0.5)
    assert client.drain("q") == [b"5000"]
    client.publish("", "q", expiration="5000")
    bench.advance(1)
    assert bench.depth("q") == (0, 0, 0)


def test_what_somebody_holds_does_not_expire_before_it_comes_back(
    bench: Bench, client: Client
) -> None:
    client.channel.queue_declare("q", arguments={"x-message-ttl": 1000})
    client.publish("", "q", b"1")
    got = client.channel.get("q")
    assert got is not None
    bench.advance(5)
    assert bench.depth("q") == (0, 1, 0)
    client.channel.reject(got.delivery_tag, requeue=True)
    assert bench.broker.next_deadline() == START + 1
    bench.advance(0)
    assert bench.depth("q") == (0, 0, 0)


def test_a_ttl_of_nothing_reaches_a_waiting_consumer_only(bench: Bench, client: Client) -> None:
    client.channel.queue_declare("q", arguments={"x-message-ttl": 0})
    client.publish("", "q", b"lost")
    assert client.get("q") is None
    client.consume("q")
    client.publish("", "q", b"taken")
    assert client.received == [b"taken"]


def test_who_becomes_first_as_another_is_dropped_expires_in_time(
    bench: Bench, client: Client
) -> None:
    client.channel.queue_declare("q", arguments={"x-max-length": 2})
    client.publish("", "q", b"dropped")
    client.publish("", "q", b"expired", expiration="1000")
    client.publish("", "q", b"stays")
    assert bench.depth("q")[0] == 2
    bench.advance(1)
    assert bench.depth("q")[0] == 1


def test_deadlines_are_told_and_kept(bench: Bench, client: Client) -> None:
    earlier: list[float | None] = []
    bench.broker.watch_deadline(lambda: earlier.append(bench.broker.next_deadline()))
    client.channel.queue_declare("q")
    client.publish("", "q", expiration="9000")
    client.publish("", "q", expiration="5000")
    client.get("q")
    assert earlier == [START + 9, START + 5]


def test_a_queue_expires_when_it_is_not_used(bench: Bench, client: Client) -> None:
    client.channel.queue_declare("q", arguments={"x-expires": 1000})
    bench.advance(0.9)
    client.channel.queue_declare("q", arguments={"x-expires": 1000})
    bench.advance(0.9)
    client.get("q")
    bench.advance(0.9)
    client.consume("q")
    bench.advance(5)
    client.channel.cancel("c")
    bench.advance(0.9)
    assert "q" in bench.vhost.queues
    bench.advance(0.1)
    assert "q" not in bench.vhost.queues


def test_a_policy_is_merged_with_arguments(bench: Bench, client: Client) -> None:
    bench.vhost.set_policies(
        [
            Policy("weak", "^p", {"message-ttl": 1, "max-length": 1}, priority=0),
            Policy("strong", "^p", {"message-ttl": 2000, "dead-letter-exchange": "amq.fanout"}, 5),
        ]
    )
    client.channel.queue_declare("dl")
    client.channel.queue_bind("dl", "amq.fanout", "")
    client.channel.queue_declare("p", arguments={"x-message-ttl": 1000})
    client.channel.queue_declare("other")
    for queue in ("p", "other"):
        client.publish("", queue, queue.encode())
    bench.advance(1)
    assert client.drain("dl") == [b"p"]
    assert client.drain("other") == [b"other"]


def test_a_dead_letter_to_nowhere_is_gone(client: Client) -> None:
    client.channel.queue_declare("q", arguments={"x-dead-letter-exchange": "missing"})
    client.publish("", "q")
    reject(client.channel, "q")
    assert client.get("q") is None


def chain(client: Client, length: int) -> None:
    for number in range(length):
        arguments = {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": f"q{number + 1}",
            "x-max-length": 0,
        }
        client.channel.queue_declare(f"q{number}", arguments=arguments)
    client.channel.queue_declare(f"q{length}")


def test_a_long_chain_of_deaths() -> None:
    client = Bench(limits=Limits(deaths=300)).client()
    chain(client, 300)
    client.publish("", "q0", b"1")
    assert len(client.get_headers("q300")["x-death"]) == 300


def test_a_message_that_died_too_often_is_dropped(client: Client) -> None:
    chain(client, Limits().deaths + 1)
    client.publish("", "q0", b"1")
    assert client.get(f"q{Limits().deaths + 1}") is None


@pytest.mark.parametrize(
    ("kind", "steps", "left"),
    [
        ("classic", [{"max-length": 2}], [b"3", b"4"]),
        ("classic", [{"max-length": 2, "overflow": "reject-publish"}], [b"3", b"4"]),
        (
            "classic",
            [{"overflow": "reject-publish"}, {"max-length": 2, "overflow": "reject-publish"}],
            [b"2", b"3", b"4"],
        ),
        ("quorum", [{"max-length": 2}], [b"3", b"4"]),
        ("quorum", [{"max-length": 2, "overflow": "reject-publish"}], [b"2", b"3", b"4"]),
    ],
)
def test_a_policy_limits_a_queue_that_is_longer(
    bench: Bench, client: Client, kind: str, steps: list[dict[str, Any]], left: list[bytes]
) -> None:
    """As RabbitMQ 3.10 did with one more message unacknowledged, which comes back in the end."""
    client.channel.queue_declare("q", durable=True, arguments={"x-queue-type": kind})
    for body in (b"1", b"2", b"3", b"4"):
        client.publish("", "q", body)
    got = client.channel.get("q")
    assert got is not None
    for step in steps:
        bench.vhost.set_policies([Policy("limits", "^q$", step)])
    assert client.drain("q") == left
