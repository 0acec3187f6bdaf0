"""One queue that fails while it expires its messages does not keep the others from it."""

from __future__ import annotations

import pytest

from hubemu.broker.core.departures import MessageEnd
from hubemu.broker.core.queue_messages import QueueMessages
from hubemu.broker.core.ready import QueuedMessage
from tests.support.core_broker import VHOST, Bench


def test_a_message_that_cannot_expire_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    client = bench.client()
    for name in ("bad", "good"):
        client.channel.queue_declare(name, arguments={"x-message-ttl": 1000})
        for _ in range(2):
            client.publish("", name, b"m")
    bench.advance(0.5)
    client.publish("", "bad", b"lives a little longer")
    bad = bench.broker.vhosts[VHOST].queues["bad"].messages
    die, failures = QueueMessages.die, [RuntimeError("count is too large")]

    def failing(messages: QueueMessages, queued: QueuedMessage, reason: str) -> None:
        if failures and messages is bad:
            raise failures.pop()
        die(messages, queued, reason)

    monkeypatch.setattr(QueueMessages, "die", failing)
    bench.advance(0.5)
    assert bench.depth("good")[0] == 0
    assert bench.depth("bad")[0] == 2
    assert "count is too large" in caplog.text
    bench.advance(1)
    assert bench.depth("bad")[0] == 0


def test_of_many_that_expire_together_one_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    client = bench.client()
    client.channel.queue_declare("dead")
    arguments = {"x-message-ttl": 1000, "x-dead-letter-exchange": ""}
    arguments["x-dead-letter-routing-key"] = "dead"
    client.channel.queue_declare("q", arguments=arguments)
    for body in (b"first", b"bad", b"last"):
        client.publish("", "q", body)
    finish = QueueMessages._finish

    def failing(messages: QueueMessages, queued: QueuedMessage, end: MessageEnd) -> None:
        if queued.message.body == b"bad":
            raise RuntimeError("count is too large")
        finish(messages, queued, end)

    monkeypatch.setattr(QueueMessages, "_finish", failing)
    messages = bench.broker.vhosts[VHOST].queues["q"].messages
    messages._departures._finish = messages._finish
    bench.advance(1)
    assert bench.depth("q")[0] == 0
    assert client.drain("dead") == [b"first", b"last"]
    assert "count is too large" in caplog.text
