"""Where a quorum queue is another queue than a classic one, as RabbitMQ 3.10 answered."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.broker.core import BrokerError
from tests.support.core_broker import Bench, Client

QUORUM = {"x-queue-type": "quorum"}
LIMITED = {**QUORUM, "x-delivery-limit": 9}
FOUR = [b"1", b"2", b"3", b"4"]


def declare(client: Client, arguments: dict[str, Any], *bodies: bytes) -> None:
    client.channel.queue_declare("q", durable=True, arguments=arguments)
    for body in bodies:
        client.publish("", "q", body)


def take(client: Client, count: int) -> None:
    for _ in range(count):
        client.get("q", no_ack=False)


def verdicts(client: Client) -> list[str]:
    """What became of the publishes since the last call."""
    said = [what for what, *_ in client.sink.said if what in ("ack", "nack")]
    client.sink.said.clear()
    return said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (QUORUM, [b"3", b"4", b"2", b"1"]),
        ({**QUORUM, "x-queue-type": "classic"}, FOUR),
    ],
)
def test_what_is_refused_goes_behind_the_others(
    client: Client, arguments: dict[str, Any], expected: list[bytes]
) -> None:
    declare(client, arguments, *FOUR)
    take(client, 2)
    client.channel.nack(2)
    client.channel.nack(1)
    assert client.drain("q") == expected


def test_refused_together_they_keep_their_order(client: Client) -> None:
    declare(client, QUORUM, *FOUR)
    take(client, 3)
    client.channel.nack(3, multiple=True)
    assert client.drain("q") == [b"4", b"1", b"2", b"3"]


def test_recover_puts_them_behind_too(client: Client) -> None:
    declare(client, QUORUM, *FOUR)
    take(client, 2)
    client.channel.recover(requeue=True)
    client.channel.resume()
    assert client.drain("q") == [b"3", b"4", b"1", b"2"]


def test_with_a_delivery_limit_they_take_their_old_places(client: Client) -> None:
    declare(client, LIMITED, *FOUR)
    take(client, 2)
    client.channel.nack(2, multiple=True)
    assert client.drain("q") == FOUR


def test_one_by_one_they_come_again_in_the_order_they_were_refused(client: Client) -> None:
    declare(client, LIMITED, *FOUR)
    take(client, 3)
    client.channel.nack(3)
    client.channel.nack(1)
    assert client.get("q", no_ack=False) == b"3"
    client.channel.nack(2)
    client.channel.nack(4)
    assert client.drain("q") == [b"1", b"2", b"3", b"4"]


def test_a_purge_forgets_what_came_back(client: Client) -> None:
    declare(client, LIMITED, b"1", b"2")
    take(client, 2)
    client.channel.nack(2, multiple=True)
    assert client.channel.queue_purge("q") == 2
    for body in (b"3", b"4"):
        client.publish("", "q", body)
    take(client, 1)
    client.channel.nack(3)
    assert client.drain("q") == [b"3", b"4"]


def test_what_a_closed_channel_held_takes_its_old_place(bench: Bench, client: Client) -> None:
    declare(client, QUORUM, *FOUR)
    take(client, 2)
    client.channel.close()
    assert bench.client().drain("q") == FOUR


def test_a_consumer_gets_what_it_refused_after_the_others(client: Client) -> None:
    declare(client, QUORUM, *FOUR)
    client.channel.qos(0, 1, False)
    client.consume("q")
    client.channel.nack(1)
    client.channel.ack(2, multiple=True)
    client.channel.ack(3)
    client.channel.ack(4)
    assert client.received == [*FOUR, b"1"]


def test_one_more_than_the_limit_is_taken_and_then_none_until_it_has_drained(
    client: Client,
) -> None:
    declare(client, {**QUORUM, "x-max-length": 5, "x-overflow": "reject-publish"})
    client.channel.confirm_select()
    for _ in range(8):
        client.publish("", "q")
    assert verdicts(client) == ["ack"] * 6 + ["nack"] * 2
    for expected in ("nack", "ack"):
        client.get("q")
        client.publish("", "q")
        assert verdicts(client) == [expected]
    client.publish("", "q")
    client.publish("", "q")
    assert verdicts(client) == ["ack", "nack"]


def test_octets_are_limited_in_the_same_way(client: Client) -> None:
    declare(client, {**QUORUM, "x-max-length-bytes": 10, "x-overflow": "reject-publish"})
    client.channel.confirm_select()
    for body in (b"x" * 6, b"x" * 6, b"x"):
        client.publish("", "q", body)
    assert verdicts(client) == ["ack", "ack", "nack"]
    client.get("q")
    for body in (b"y", b"y" * 6, b"z"):
        client.publish("", "q", body)
    assert verdicts(client) == ["ack", "ack", "nack"]


@pytest.mark.parametrize("active", [False, True])
@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
def test_no_consumer_is_exclusive(client: Client, active: bool, first: bool, second: bool) -> None:
    declare(client, {**QUORUM, "x-single-active-consumer": active})
    client.consume("q", "a", exclusive=first)
    client.consume("q", "b", exclusive=second)
    for body in FOUR:
        client.publish("", "q", body)
    expected = ["a", "a", "a", "a"] if active else ["a", "b", "a", "b"]
    assert [tag for tag, *_ in client.sink.deliveries] == expected


def test_a_consumer_is_told_the_delivery_count_from_the_second_delivery_on(client: Client) -> None:
    declare(client, QUORUM)
    client.publish("", "q", headers={"z": 1, "a": 2})
    client.consume("q")
    client.channel.reject(1)
    first, second = (message.headers for *_, message in client.sink.deliveries)
    assert list(first.items()) == [("z", 1), ("a", 2)]
    assert list(second.items()) == [("a", 2), ("x-delivery-count", 1), ("z", 1)]


def test_where_one_consumer_is_active_nobody_gets(client: Client) -> None:
    declare(client, {**QUORUM, "x-single-active-consumer": True})
    with pytest.raises(BrokerError) as refused:
        client.channel.get("q")
    assert refused.value.text == (
        "RESOURCE_LOCKED - cannot obtain access to locked queue 'q' in vhost '/'. basic.get "
        "operations are not supported by quorum queues with single active consumer"
    )
