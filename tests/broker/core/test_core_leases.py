"""What renews the time an unused queue lives (`x-expires`), as RabbitMQ 3.10 was asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.core_broker import Bench, Client

SECONDS = 10
RENEWS = {
    # what is done: whether that renews a classic queue's time, a quorum queue's
    "nothing": (False, False),
    "declare": (True, False),
    "declare without waiting": (False, False),
    "declare passively": (True, False),
    "declare passively without waiting": (False, False),
    "get nothing": (True, True),
    "get": (True, True),
    "purge": (False, False),
    "bind": (False, False),
    "unbind": (False, False),
    "publish": (False, False),
    "consume and cancel": (True, True),
    "consume and close": (True, True),
}
SETTLES = {
    "nothing": (False, True),
    "ack": (False, True),
    "reject": (False, True),
    "requeue": (False, True),
    "recover": (False, True),
    "close": (True, True),
}
"""The same of who has got a message before; what is held keeps a quorum queue."""
KINDS = ("classic", "quorum")


def declare(client: Client, kind: str, *, nowait: bool = False) -> None:
    arguments = {"x-queue-type": kind, "x-expires": SECONDS * 1000}
    client.channel.queue_declare("q", durable=True, nowait=nowait, arguments=arguments)


def consume_and_cancel(client: Client) -> None:
    client.consume("q")
    client.channel.cancel("c")


def consume_and_close(client: Client) -> None:
    client.consume("q")
    client.channel.close()


def published_and_got(client: Client) -> None:
    client.publish("", "q")
    client.get("q")


def actions(kind: str) -> dict[str, Callable[[Client], object]]:
    return {
        "nothing": lambda _: None,
        "declare": lambda client: declare(client, kind),
        "declare without waiting": lambda client: declare(client, kind, nowait=True),
        "declare passively": lambda client: client.channel.queue_declare("q", passive=True),
        "declare passively without waiting": lambda client: client.channel.queue_declare(
            "q", passive=True, nowait=True
        ),
        "get nothing": lambda client: client.get("q"),
        "get": published_and_got,
        "purge": lambda client: client.channel.queue_purge("q"),
        "bind": lambda client: client.channel.queue_bind("q", "amq.fanout", ""),
        "unbind": lambda client: client.channel.queue_unbind("q", "amq.fanout", ""),
        "publish": lambda client: client.publish("", "q"),
        "consume and cancel": consume_and_cancel,
        "consume and close": consume_and_close,
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", RENEWS)
def test_what_renews_a_lease(bench: Bench, client: Client, action: str, kind: str) -> None:
    declare(client, kind)
    bench.advance(SECONDS - 1)
    actions(kind)[action](bench.client() if "close" in action else client)
    bench.advance(2)
    assert ("q" in bench.vhost.queues) == RENEWS[action][KINDS.index(kind)]
    bench.advance(SECONDS)
    assert "q" not in bench.vhost.queues


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", SETTLES)
def test_what_settling_does_to_a_lease(
    bench: Bench, client: Client, action: str, kind: str
) -> None:
    declare(client, kind)
    client.publish("", "q")
    holder = bench.client().channel
    got = holder.get("q")
    assert got is not None
    bench.advance(SECONDS - 1)
    {
        "nothing": lambda: None,
        "ack": lambda: holder.ack(got.delivery_tag),
        "reject": lambda: holder.reject(got.delivery_tag, requeue=False),
        "requeue": lambda: holder.reject(got.delivery_tag),
        "recover": lambda: holder.recover(requeue=True),
        "close": holder.close,
    }[action]()
    holder.resume()
    bench.advance(2)
    assert ("q" in bench.vhost.queues) == SETTLES[action][KINDS.index(kind)]
    bench.advance(SECONDS)
    held = action == "nothing" and kind == "quorum"
    assert ("q" in bench.vhost.queues) == held


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_cancelled_consumer_holds(bench: Bench, client: Client, kind: str) -> None:
    declare(client, kind)
    client.publish("", "q")
    client.consume("q")
    client.channel.cancel("c")
    bench.advance(SECONDS + 1)
    assert ("q" in bench.vhost.queues) == (kind == "quorum")
    if kind == "quorum":
        client.channel.ack(client.tags[0])
        bench.advance(SECONDS - 1)
        assert "q" in bench.vhost.queues
        bench.advance(1)
        assert "q" not in bench.vhost.queues


@pytest.mark.parametrize("kind", KINDS)
def test_a_consumer_keeps_a_queue(bench: Bench, client: Client, kind: str) -> None:
    declare(client, kind)
    client.consume("q")
    bench.advance(SECONDS * 3)
    assert "q" in bench.vhost.queues
