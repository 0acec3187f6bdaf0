"""Which operation needs which permission. The grants and answers are RabbitMQ 3.10.8's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hubemu.broker.core import ChannelError
from tests.support.channel_calls import Channel
from tests.support.core_broker import VHOST, Bench, Client


@pytest.fixture
def bob() -> Client:
    bench = Bench()
    channel = bench.client().channel
    channel.queue_declare("bob-q")
    channel.queue_declare("other")
    channel.exchange_declare("bob-x", "topic")
    channel.exchange_declare("topic1", "topic")
    channel.exchange_declare("hubsante", "topic")
    bench.broker.grant(
        "bob",
        VHOST,
        "^bob-.*",
        r"^(bob-.*|hubsante|topic1|amq\.default)$",
        r"^(bob-.*|amq\.topic)$",
    )
    access = bench.broker.users["bob"].access[VHOST]
    access.grant_topic("topic1", write=r"^bob\..*", read=r"^bob\.r")
    access.grant_topic("amq.topic", write=r"^{username}\..*", read=r"^{username}\.r")
    return bench.client("bob")


REFUSED: list[tuple[Callable[[Channel], object], str]] = [
    (lambda ch: ch.queue_declare("zq"), "queue 'zq'"),
    (lambda ch: ch.queue_declare("other"), "queue 'other'"),
    (lambda ch: ch.exchange_declare("hubsante", "topic"), "exchange 'hubsante'"),
    (
        lambda ch: ch.exchange_declare("bob-a", "topic", arguments={"alternate-exchange": "no"}),
        "exchange 'no'",
    ),
    (
        lambda ch: ch.queue_declare("bob-d", arguments={"x-dead-letter-exchange": "no"}),
        "exchange 'no'",
    ),
    (lambda ch: ch.queue_delete("other"), "queue 'other'"),
    (lambda ch: ch.queue_delete("missing"), "queue 'missing'"),
    (lambda ch: ch.queue_purge("missing"), "queue 'missing'"),
    (lambda ch: ch.queue_bind("other", "amq.topic", "k"), "queue 'other'"),
    (lambda ch: ch.queue_bind("other", "hubsante", "k"), "queue 'other'"),
    (lambda ch: ch.queue_bind("bob-q", "hubsante", "k"), "exchange 'hubsante'"),
    (lambda ch: ch.queue_bind("missing", "hubsante", "k"), "queue 'missing'"),
    (lambda ch: ch.queue_bind("bob-q", "amq.topic", "k"), "topic 'k' in exchange 'amq.topic'"),
    (lambda ch: ch.queue_unbind("bob-q", "amq.topic", "k"), "topic 'k' in exchange 'amq.topic'"),
    (lambda ch: ch.exchange_bind("bob-x", "topic1", "k"), "exchange 'topic1'"),
    (lambda ch: ch.exchange_bind("bob-x", "amq.topic", "k"), "topic 'k' in exchange 'amq.topic'"),
    (lambda ch: ch.exchange_delete("hubsante"), "exchange 'hubsante'"),
    (lambda ch: ch.consume("other"), "queue 'other'"),
    (lambda ch: ch.get("missing"), "queue 'missing'"),
]


@pytest.mark.parametrize(("action", "what"), REFUSED)
def test_refused(bob: Client, action: Callable[[Channel], object], what: str) -> None:
    with pytest.raises(ChannelError) as caught:
        action(bob.channel)
    assert caught.value.text == (
        f"ACCESS_REFUSED - access to {what} in vhost '/' refused for user 'bob'"
    )


ALLOWED: list[Callable[[Channel], object]] = [
    lambda ch: ch.queue_declare("other", passive=True),
    lambda ch: ch.exchange_declare("hubsante", "direct", passive=True, durable=True),
    lambda ch: ch.exchange_declare("bob-a", "topic", arguments={"alternate-exchange": "hubsante"}),
    lambda ch: ch.queue_declare("bob-d", arguments={"x-dead-letter-exchange": "hubsante"}),
    lambda ch: ch.queue_declare("bob-d", arguments={"x-dead-letter-exchange": ""}),
    lambda ch: ch.queue_bind("bob-q", "bob-x", "k"),
    lambda ch: ch.queue_bind("bob-q", "amq.topic", "bob.r"),
    lambda ch: ch.exchange_bind("hubsante", "bob-x", "k"),
    lambda ch: ch.consume("bob-q"),
]


@pytest.mark.parametrize("action", ALLOWED)
def test_allowed(bob: Client, action: Callable[[Channel], object]) -> None:
    action(bob.channel)


def test_a_server_named_queue_needs_configure_on_the_name_it_gets(bob: Client) -> None:
    with pytest.raises(ChannelError, match=r"access to queue 'amq\.gen-"):
        bob.channel.queue_declare("")


PUBLISH_REFUSED = [
    ("amq.direct", "k", "ACCESS_REFUSED - access to exchange 'amq.direct' in vhost '/' refused"),
    ("nox", "k", "ACCESS_REFUSED - access to exchange 'nox' in vhost '/' refused"),
    ("bob-nox", "k", "NOT_FOUND - no exchange 'bob-nox' in vhost '/'"),
    (
        "topic1",
        "zoe.x",
        "ACCESS_REFUSED - access to topic 'zoe.x' in exchange 'topic1' in vhost '/' refused",
    ),
]


@pytest.mark.parametrize(("exchange", "key", "text"), PUBLISH_REFUSED)
def test_publish_refused(bob: Client, exchange: str, key: str, text: str) -> None:
    for _ in range(2):  # what is remembered must not let the second one through
        with pytest.raises(ChannelError) as caught:
            bob.publish(exchange, key)
        assert caught.value.text.startswith(text)


@pytest.mark.parametrize(
    ("exchange", "key"), [("", "bob-q"), ("topic1", "bob.x"), ("hubsante", "anything")]
)
def test_publish_allowed(bob: Client, exchange: str, key: str) -> None:
    bob.publish(exchange, key)


def test_the_default_exchange_is_called_amq_default() -> None:
    bench = Bench()
    bench.broker.grant("carl", VHOST, "", "^x$", "")
    with pytest.raises(ChannelError, match=r"access to exchange 'amq\.default' in vhost '/'"):
        bench.client("carl").publish("", "q")


def test_an_empty_pattern_permits_nothing() -> None:
    bench = Bench()
    bench.broker.grant("carl", VHOST, "", "", "")
    with pytest.raises(ChannelError):
        bench.client("carl").channel.queue_declare("q")


def test_a_permission_taken_away_counts_for_open_channels() -> None:
    bench = Bench()
    client = bench.client()
    client.publish("amq.direct", "k")
    bench.broker.grant("guest", VHOST, ".*", "^nothing$", ".*")
    with pytest.raises(ChannelError, match=r"access to exchange 'amq\.direct'"):
        client.publish("amq.direct", "k")


def test_what_is_remembered_of_permissions_is_bounded(bob: Client) -> None:
    access = bob.channel.user.access[VHOST]
    for number in range(access._cached + 10):
        access._remember("read", f"bob-{number}")
    assert len(access._answers) <= access._cached
