"""What the type of a queue decides, and the longest times, as RabbitMQ 3.10 answered."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.broker.core import BrokerError
from tests.support.core_broker import Bench, Client

QUORUM = {"x-queue-type": "quorum"}
CLASSIC = {"x-queue-type": "classic"}
TEN_YEARS = 315_360_000_000


def declare(client: Client, arguments: dict[str, Any]) -> None:
    client.channel.queue_declare("q", durable=True, arguments=arguments)


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        (QUORUM, {}, "received none but current is the value 'quorum' of type 'longstr'"),
        ({}, QUORUM, "received the value 'quorum' of type 'longstr' but current is none"),
        (QUORUM, CLASSIC, "received 'classic' but current is 'quorum'"),
        (CLASSIC, QUORUM, "received 'quorum' but current is 'classic'"),
    ],
)
def test_another_type_is_another_queue(
    client: Client, before: dict[str, Any], after: dict[str, Any], difference: str
) -> None:
    declare(client, before)
    with pytest.raises(BrokerError) as refused:
        declare(client, after)
    assert refused.value.text == (
        f"PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': "
        f"{difference}"
    )


@pytest.mark.parametrize(("before", "after"), [({}, CLASSIC), (CLASSIC, {}), (QUORUM, QUORUM)])
def test_a_queue_is_classic_unless_it_says_otherwise(
    client: Client, before: dict[str, Any], after: dict[str, Any]
) -> None:
    declare(client, before)
    declare(client, after)


@pytest.mark.parametrize(
    ("arguments", "argument", "kind"),
    [
        ({}, "x-stream-offset", "classic"),
        (QUORUM, "x-stream-offset", "quorum"),
        (QUORUM, "x-cancel-on-ha-failover", "quorum"),
    ],
)
def test_a_consumer_argument_for_another_type_is_refused(
    client: Client, arguments: dict[str, Any], argument: str, kind: str
) -> None:
    declare(client, arguments)
    with pytest.raises(BrokerError) as refused:
        client.channel.consume("q", arguments={argument: True})
    assert refused.value.text == (
        f"PRECONDITION_FAILED - invalid arg '{argument}' for queue 'q' in vhost '/' "
        f"of queue type rabbit_{kind}_queue"
    )


def test_other_consumer_arguments_do_not_matter(client: Client) -> None:
    declare(client, {})
    client.channel.consume("q", arguments={"x-cancel-on-ha-failover": True, "foo": 1})


@pytest.mark.parametrize("name", ["x-message-ttl", "x-expires"])
def test_times_of_queues_are_up_to_ten_years(client: Client, name: str) -> None:
    declare(client, {name: TEN_YEARS})
    with pytest.raises(BrokerError, match=rf"value_too_large,{TEN_YEARS + 1}"):
        client.channel.queue_declare("other", arguments={name: TEN_YEARS + 1})


def test_a_message_may_live_ten_years(client: Client) -> None:
    declare(client, {})
    client.publish("", "q", expiration=str(TEN_YEARS))
    with pytest.raises(BrokerError, match=rf"value_too_large,{TEN_YEARS + 1}"):
        client.publish("", "q", expiration=str(TEN_YEARS + 1))


def test_no_consumer_is_exclusive_where_one_is_active_at_a_time(client: Client) -> None:
    declare(client, {"x-single-active-consumer": True})
    with pytest.raises(BrokerError, match="queue 'q' in vhost '/' in exclusive use"):
        client.channel.consume("q", exclusive=True)


def test_messages_that_are_over_do_not_count_as_left(bench: Bench, client: Client) -> None:
    declare(client, {})
    for expiration in ("10000", "50", "0"):
        client.publish("", "q", expiration=expiration)
    bench.clock.advance(1)
    got = client.channel.get("q")
    assert got is not None
    assert (got.message.properties.expiration, got.message_count) == ("10000", 0)
