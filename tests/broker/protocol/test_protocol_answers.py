"""How channels and values are judged, as RabbitMQ 3.10 judges them."""

from __future__ import annotations

from collections import Counter

import pytest

from hubemu.broker.wire.properties import encode_properties
from hubemu.properties import Properties
from tests.support.amqp_dialogue import Dialogue, method, publish
from tests.support.amqp_errors import Close
from tests.support.channel_answers import (
    CHANNEL_CLOSES,
    CONNECTION_CLOSES,
    DIFFERENT,
    SAME,
    declare,
)


def closed(data: bytes, name: str) -> Close:
    dialogue = Dialogue().channel(1)
    dialogue.send(method(2, "channel.open"))
    _, last, fields = dialogue.send(data)[-1]
    assert last == name
    at_fault = fields["class_id"], fields["method_id"]
    return fields["reply_code"], fields["reply_text"], at_fault


@pytest.mark.parametrize("case", CHANNEL_CLOSES)
def test_a_channel_is_closed_as_by_rabbitmq(case: str) -> None:
    data, close = CHANNEL_CLOSES[case]
    assert closed(data, "channel.close") == close


@pytest.mark.parametrize("case", CONNECTION_CLOSES)
def test_a_connection_is_closed_as_by_rabbitmq(case: str) -> None:
    data, close = CONNECTION_CLOSES[case]
    assert closed(data, "connection.close") == close


def matches(wanted: object, found: object) -> bool:
    dialogue = Dialogue().channel(1)
    place = {"queue": "own", "exchange": "amq.headers", "arguments": {"v": wanted}}
    raw = encode_properties(Properties(headers={"v": found}))
    replies = dialogue.send(
        declare(),
        method(1, "queue.bind", **place),
        publish(1, "", b"x", raw=raw, exchange="amq.headers"),
        method(1, "queue.purge", queue="own"),
    )
    return bool(replies[-1][2]["message_count"])


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_headers_exchange_finds_equal(one: object, other: object) -> None:
    assert matches(one, other)
    assert matches(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_headers_exchange_finds_different(one: object, other: object) -> None:
    assert not matches(one, other)
    assert not matches(other, one)


SELECT, COMMIT = method(1, "tx.select"), method(1, "tx.commit")


class TestATransaction:
    """Routes when it is published, looks for the queues when it is committed."""

    def counted(self, dialogue: Dialogue, queue: str) -> int:
        count = dialogue.send(method(2, "queue.purge", queue=queue))[-1][2]["message_count"]
        return int(count)

    def begun(self, *data: bytes) -> Dialogue:
        dialogue = Dialogue().channel(1)
        dialogue.send(method(2, "channel.open"), SELECT, *data)
        return dialogue

    def test_returns_what_has_lost_its_queue(self) -> None:
        dialogue = self.begun(
            declare(),
            publish(1, "own", b"x", mandatory=True),
            publish(1, "no", b"y", mandatory=True),
        )
        dialogue.send(method(2, "queue.delete", queue="own"))
        names = [(name, fields.get("routing_key")) for _, name, fields in dialogue.send(COMMIT)]
        assert [name for name in names if "." in name[0]] == [
            ("basic.return", "own"),
            ("basic.return", "no"),
            ("tx.commit_ok", None),
        ]

    def test_finds_a_queue_that_was_declared_meanwhile(self) -> None:
        dialogue = self.begun(publish(1, "own", b"x", mandatory=True), declare())
        assert [name for _, name, _ in dialogue.send(COMMIT)] == ["tx.commit_ok"]
        assert self.counted(dialogue, "own") == 1

    def test_follows_no_binding_that_is_made_meanwhile(self) -> None:
        dialogue = self.begun(
            declare(),
            publish(1, "own", b"x", exchange="amq.direct"),
            method(2, "queue.bind", queue="own", exchange="amq.direct", routing_key="own"),
        )
        dialogue.send(COMMIT)
        assert self.counted(dialogue, "own") == 0

    def test_does_the_rest_when_a_queue_refuses(self) -> None:
        full = {"x-max-length": 1, "x-overflow": "reject-publish"}
        dialogue = self.begun(declare(full), declare(queue="b"))
        dialogue.send(*(publish(1, key, b"x") for key in ("own", "own", "b")), COMMIT)
        assert [self.counted(dialogue, queue) for queue in ("own", "b")] == [1, 1]

    def test_is_not_told_that_a_quorum_queue_refuses(self) -> None:
        full = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
        dialogue = self.begun(method(1, "queue.declare", queue="q", durable=True, arguments=full))
        replies = dialogue.send(*(publish(1, "q", b"x") for _ in range(3)), COMMIT)
        assert [name for _, name, _ in replies] == ["tx.commit_ok"]
        assert self.counted(dialogue, "q") == 2


def qos(count: int, *, whole: bool = True) -> bytes:
    return method(1, "basic.qos", prefetch_count=count, global_=whole)


def consume(queue: str, tag: str = "", **settings: object) -> bytes:
    return method(1, "basic.consume", queue=queue, consumer_tag=tag or queue, **settings)


def ack(tag: int, *, multiple: bool = False) -> bytes:
    return method(1, "basic.ack", delivery_tag=tag, multiple=multiple)


class Channel:
    """A client on one channel that counts what each of its consumers got."""

    def __init__(self, *data: bytes) -> None:
        self.dialogue = Dialogue().channel(1)
        self.got: Counter[str] = Counter()
        self.last_tag = 0
        self.send(*data)

    def send(self, *data: bytes) -> dict[str, int]:
        for _, name, fields in self.dialogue.send(*data):
            assert name not in ("channel.close", "connection.close"), fields
            if name == "basic.deliver":
                self.got[fields["consumer_tag"]] += 1
                self.last_tag = fields["delivery_tag"]
        return dict(self.got)


def filled(queue: str, count: int = 30) -> bytes:
    return declare(queue=queue) + publish(1, queue, b"x") * count


class TestAPrefetchOfTheChannel:
    """As measured on RabbitMQ, which draws lots where turns are taken here."""

    def test_is_shared_by_queues(self) -> None:
        channel = Channel(*map(filled, "abc"), qos(1), *map(consume, "abc"))
        for tag in range(1, 30):
            channel.send(ack(tag))
        assert channel.got == {"a": 11, "b": 10, "c": 9}  # RabbitMQ, by lot: 12, 7, 11

    def test_is_shared_when_all_of_it_is_free_at_once(self) -> None:
        channel = Channel(*map(filled, "abc"), qos(9), *map(consume, "abc"))
        assert channel.got == {"a": 9}
        assert channel.send(ack(0, multiple=True)) == {"a": 12, "b": 3, "c": 3}

    def test_is_shared_by_the_consumers_of_a_queue(self) -> None:
        channel = Channel(filled("q", 20), qos(1), consume("q", "a"), consume("q", "b"))
        for tag in range(1, 10):
            channel.send(ack(tag))
        assert channel.got == {"a": 6, "b": 4}  # RabbitMQ 3.10, without lots: aababababa

    def test_leaves_the_highest_priority_first(self) -> None:
        high = consume("q", "high", arguments={"x-priority": 9})
        channel = Channel(filled("q", 20), qos(1), consume("q", "low"), high)
        for tag in range(1, 10):
            channel.send(ack(tag))
        assert channel.got == {"low": 1, "high": 9}

    def test_holds_consumers_without_acknowledgements(self) -> None:
        channel = Channel(filled("a", 5), declare(queue="n"), qos(2), consume("a"))
        channel.send(consume("n", no_ack=True), publish(1, "n", b"x") * 3)
        assert channel.got == {"a": 2}
        channel.send(ack(0, multiple=True))
        assert channel.got["n"] == 3

    @pytest.mark.parametrize("removing", [qos(0, whole=False), qos(5, whole=False), qos(0)])
    def test_ends_with_a_prefetch_of_consumers(self, removing: bytes) -> None:
        channel = Channel(filled("q", 20), qos(2), consume("q"))
        assert channel.got == {"q": 2}
        assert channel.send(removing) == {"q": 20}

    def test_counts_what_basic_get_took_before(self) -> None:
        got = method(1, "basic.get", queue="q")
        channel = Channel(filled("q", 20), got, got, qos(3), consume("q"))
        assert channel.got == {"q": 1}
        assert channel.send(ack(1), ack(2)) == {"q": 1}

    def test_does_not_hold_the_consumer_of_a_quorum_queue(self) -> None:
        quorum = {"x-queue-type": "quorum"}
        queue = method(1, "queue.declare", queue="q", durable=True, arguments=quorum)
        channel = Channel(queue, publish(1, "q", b"x") * 20, qos(5, whole=False), consume("q"))
        channel.send(qos(2))
        assert channel.send(ack(1), ack(2), ack(3)) == {"q": 8}


@pytest.mark.parametrize(
    ("limit", "deliveries"), [(-1, 1), (0, 1), (1, 2), (1.5, 2), ("a", 5), (True, 5), ([1], 5)]
)
def test_a_delivery_limit_may_be_anything(limit: object, deliveries: int) -> None:
    """As measured on RabbitMQ: what is no number is never reached."""
    dialogue = Dialogue().channel(1)
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": limit}
    dialogue.send(
        method(1, "queue.declare", queue="q", durable=True, arguments=arguments),
        publish(1, "q", b"x"),
    )
    got = 0
    for tag in range(1, 6):
        replies = dialogue.send(
            method(1, "basic.get", queue="q"),
        )
        if replies[0][1] == "basic.get_empty":
            break
        got += 1
        dialogue.send(method(1, "basic.nack", delivery_tag=tag, requeue=True))
    assert got == deliveries


def test_an_exclusive_queue_may_have_any_locator() -> None:
    replies = Dialogue().channel(1).send(declare({"x-queue-master-locator": "a"}))
    assert [name for _, name, _ in replies] == ["queue.declare_ok"]
