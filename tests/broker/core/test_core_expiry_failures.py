"""One queue that fails while it expires its messages does not keep the others from it."""

from __future__ import annotations

import pytest

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
    bad = bench.broker.vhosts[VHOST].queues["bad"].messages
    die, failures = QueueMessages.die, [RuntimeError("count is too large")]

    def failing(messages: QueueMessages, queued: QueuedMessage, reason: str) -> None:
        if failures and messages is bad:
            raise failures.pop()
        die(messages, queued, reason)

    monkeypatch.setattr(QueueMessages, "die", failing)
    bench.advance(1)
    assert bench.depth("good")[0] == 0
    assert bench.depth("bad")[0] == 1
    assert "count is too large" in caplog.text
    bench.advance(1)
    assert bench.depth("bad")[0] == 0
