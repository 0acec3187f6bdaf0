"""How channels and values are judged, as RabbitMQ 3.10 judges them."""

from __future__ import annotations

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
