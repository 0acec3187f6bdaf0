"""What RabbitMQ 3.10 does with line breaks in names."""

from __future__ import annotations

import pytest

from tests.support.amqp_dialogue import Dialogue, method


def test_line_breaks_are_left_out_of_names_that_are_declared_bound_or_deleted() -> None:
    dialogue = Dialogue().channel()
    broken = "a\r\nb\n"
    replies = dialogue.send(
        method(1, "exchange.declare", exchange=broken, exchange_type="fanout"),
        method(1, "queue.declare", queue=broken),
        method(1, "queue.bind", queue=broken, exchange=broken),
        method(1, "exchange.bind", destination=broken, source=broken),
        method(1, "queue.declare", queue="ab", passive=True),
        method(1, "queue.unbind", queue=broken, exchange=broken),
        method(1, "exchange.unbind", destination=broken, source=broken),
        method(1, "queue.delete", queue=broken),
        method(1, "exchange.delete", exchange=broken),
    )
    assert [name for _, name, _ in replies] == [
        "exchange.declare_ok",
        "queue.declare_ok",
        "queue.bind_ok",
        "exchange.bind_ok",
        "queue.declare_ok",
        "queue.unbind_ok",
        "exchange.unbind_ok",
        "queue.delete_ok",
        "exchange.delete_ok",
    ]
    assert [fields["queue"] for _, name, fields in replies if name == "queue.declare_ok"] == [
        "ab",
        "ab",
    ]
    vhost = dialogue.broker.vhosts["/"]
    assert not vhost.queues
    assert "ab" not in vhost.exchanges


@pytest.mark.parametrize("name", ["queue.purge", "basic.get", "basic.consume"])
def test_line_breaks_count_in_names_that_are_only_used(name: str) -> None:
    dialogue = Dialogue().channel()
    dialogue.send(method(1, "queue.declare", queue="ab"))
    ((_, refusal, fields),) = dialogue.send(method(1, name, queue="a\nb"))
    assert (refusal, fields["reply_code"]) == ("channel.close", 404)
    assert fields["reply_text"] == "NOT_FOUND - no queue 'a\nb' in vhost '/'"
