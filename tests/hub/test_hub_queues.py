"""What a client can tell of the type of its queues, quorum since January 2025 (facts: hub 13)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pika.exceptions
import pytest

from tests.support.live import PATIENCE, LiveHub, VHosted, until
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
V = "15-15_v2.0"
QUEUE = f"{C}.message"


@pytest.fixture
def recipient(hub: LiveHub) -> Iterator[VHosted]:
    with hub.connect(C) as client:
        yield client


def send(hub: LiveHub, number: int, **properties: Any) -> list[str]:
    """Messages of A to C, routed one after the other and ready for C; their ids."""
    identifiers = []
    with hub.connect(C) as reader:
        there = reader.depth("message")
    with hub.connect(A) as sender:
        for _ in range(number):
            message = envelope(A, C)
            sender.publish(as_bytes(message), **properties)
            identifiers.append(message["distributionID"])
    for identifier in identifiers:
        path = f"/api/v1/messages?outcome=routed&q={identifier}&wait=10"
        assert hub.http("GET", path)["messages"]
    with hub.connect(C) as reader:
        # A quorum queue may have confirmed a message a moment before it counts it.
        until(lambda: reader.depth("message") == there + number)
    return identifiers


class Consuming:
    """A consumer of C's messages, that keeps what comes."""

    def __init__(self, client: VHosted, **options: Any) -> None:
        self.client = client
        self.came: list[tuple[str, bool, object]] = []
        self.tags: list[int] = []
        client.channel.basic_consume(QUEUE, self._take, **options)

    def _take(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        headers = properties.headers or {}
        told = headers.get("x-delivery-count")
        self.came.append((identifier_of(body), method.redelivered, told))
        self.tags.append(method.delivery_tag)

    def wait(self, number: int) -> None:
        """Until so many have come in all."""
        while len(self.came) < number:
            before = len(self.came)
            self.client.connection.process_data_events(time_limit=PATIENCE)
            assert len(self.came) > before, f"only {before} came"


def identifier_of(body: bytes) -> str:
    identifier: str = json.loads(body)["distributionID"]
    return identifier


def test_a_prefetch_of_the_whole_channel_is_not_implemented(recipient: VHosted) -> None:
    recipient.channel.basic_qos(prefetch_count=10, global_qos=True)
    with pytest.raises(pika.exceptions.ConnectionClosed) as refused:
        recipient.channel.basic_consume(QUEUE, lambda *_: None)
    assert (refused.value.reply_code, refused.value.reply_text) == (
        540,
        f"NOT_IMPLEMENTED - queue '{QUEUE}' in vhost '{V}' does not support global qos",
    )


def test_a_prefetch_of_each_consumer_holds(hub: LiveHub, recipient: VHosted) -> None:
    first, second = send(hub, 2)
    recipient.channel.basic_qos(prefetch_count=1)
    consumer = Consuming(recipient)
    consumer.wait(1)
    assert [one[0] for one in consumer.came] == [first]
    recipient.channel.basic_ack(consumer.tags[0])
    consumer.wait(2)
    assert consumer.came[1][0] == second


def test_what_comes_again_is_told_how_often_it_came_back(hub: LiveHub, recipient: VHosted) -> None:
    [identifier] = send(hub, 1)
    consumer = Consuming(recipient)
    for times in (1, 2, 3):
        consumer.wait(times)
        recipient.channel.basic_nack(consumer.tags[-1], requeue=True)
    consumer.wait(4)
    first, *again = consumer.came
    assert first[:2] == (identifier, False)
    assert first[2] in (0, None)  # RabbitMQ 3.10 tells 0 to basic.get only
    assert again == [(identifier, True, times) for times in (1, 2, 3)]


def test_who_left_without_acknowledging_is_counted_too(hub: LiveHub) -> None:
    [identifier] = send(hub, 1)
    for times in (0, 1, 2):
        with hub.connect(C) as client:
            consumer = Consuming(client)
            consumer.wait(1)
            told = consumer.came[0]
            assert told[:2] == (identifier, times > 0)
            assert (told[2] or 0) == times


def test_what_is_refused_comes_behind_all_others_but_first_on_rabbitmq_4(
    hub: LiveHub, recipient: VHosted
) -> None:
    first, second, third = send(hub, 3)
    recipient.channel.basic_qos(prefetch_count=1)
    consumer = Consuming(recipient)
    consumer.wait(1)
    recipient.channel.basic_nack(consumer.tags[0], requeue=True)
    for number in (2, 3):
        consumer.wait(number)
        recipient.channel.basic_ack(consumer.tags[-1])
    consumer.wait(4)
    others = [first, second, third] if hub.version >= 4 else [second, third, first]
    assert [one[0] for one in consumer.came] == [first, *others]


def test_priorities_change_nothing_before_rabbitmq_4(hub: LiveHub, recipient: VHosted) -> None:
    low = send(hub, 2, priority=0)
    high = send(hub, 2, priority=9)
    expected = [*high, *low] if hub.version >= 4 else [*low, *high]
    assert [identifier_of(recipient.take("message").body) for _ in range(4)] == expected


def test_a_consumer_is_never_alone(hub: LiveHub, recipient: VHosted) -> None:
    Consuming(recipient, exclusive=True)
    with hub.connect(C) as another:
        Consuming(another, exclusive=True)
        assert recipient.channel.is_open
        assert another.channel.is_open


@pytest.mark.parametrize(
    "arguments", [None, {"x-queue-type": "quorum"}, {"x-queue-type": "classic"}]
)
def test_declaring_it_is_refused_whatever_the_type(
    recipient: VHosted, arguments: dict[str, Any] | None
) -> None:
    """Clients may configure nothing, which is looked at before the arguments are compared."""
    with pytest.raises(pika.exceptions.ChannelClosed) as refused:
        recipient.channel.queue_declare(QUEUE, durable=True, arguments=arguments)
    assert refused.value.reply_code == 403


def test_deleting_it_is_refused_too(recipient: VHosted) -> None:
    with pytest.raises(pika.exceptions.ChannelClosed) as refused:
        recipient.channel.queue_delete(QUEUE, if_unused=True)
    assert refused.value.reply_code == 403
