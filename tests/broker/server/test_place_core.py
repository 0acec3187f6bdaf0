"""The places of confirms, queues and rights, on real connections over TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from hubemu.broker.core import Broker
from hubemu.broker.server import TlsPolicy
from tests.support.amqp_dialogue import guest_broker, method, publish
from tests.support.amqp_listening import Listening, RawClient, listening, raw_client
from tests.support.bad_broker import Nacking, Withholding
from tests.support.tls_pair import accept_all, client_certificate, client_context, server_context

AUTHORITY = trustme.CA()
CONFIRM = method(1, "confirm.select")


def two_user_broker() -> Broker:
    broker = guest_broker()
    broker.grant("other", "/", ".*", ".*", ".*")
    return broker


@asynccontextmanager
async def two_users() -> AsyncIterator[tuple[Listening, RawClient, RawClient]]:
    """`guest`, to be struck, and `other`, who must not notice; both with confirms."""
    tls = TlsPolicy(server_context(AUTHORITY), accept_all)
    contexts = [
        client_context(AUTHORITY, client_certificate(AUTHORITY, name))
        for name in ("guest", "other")
    ]
    async with (
        listening(two_user_broker(), tls=tls) as hub,
        raw_client(hub.port, contexts[0]) as guest,
        raw_client(hub.port, contexts[1]) as other,
    ):
        for client in (guest, other):
            await client.open("EXTERNAL")
            assert (await client.ask(CONFIRM)).spec.name == "confirm.select_ok"
        yield hub, guest, other


async def declare(client: RawClient, name: str = "q", **arguments: Any) -> int:
    """How many messages are ready in a queue."""
    named = {key.replace("_", "-"): value for key, value in arguments.items()}
    declared = await client.ask(
        method(1, "queue.declare", queue=name, durable=True, arguments=named)
    )
    assert declared.spec.name == "queue.declare_ok", declared.fields
    count: int = declared.fields["message_count"]
    return count


async def verdict(client: RawClient, body: bytes, key: str = "q") -> str:
    """What the broker says to a publish."""
    return (await client.ask(publish(1, key, body))).spec.name


def test_a_message_that_is_not_taken_is_refused_and_in_no_queue() -> None:
    async def scenario() -> None:
        async with two_users() as (hub, guest, other):
            await declare(guest)
            assert await verdict(guest, b"before") == "basic.ack"
            vhost = hub.broker.vhosts["/"]
            vhost.interpose(Nacking(lambda body: body.startswith(b"bad")))
            said = [await verdict(guest, body) for body in (b"bad 1", b"good", b"bad 2")]
            assert said == ["basic.nack", "basic.ack", "basic.nack"]
            assert await verdict(other, b"good too") == "basic.ack"
            vhost.interpose(None)
            assert await verdict(guest, b"bad no more") == "basic.ack"
            assert [one.message.body for one in vhost.queues["q"].messages.ready] == [
                b"before",
                b"good",
                b"good too",
                b"bad no more",
            ]

    asyncio.run(scenario())


def test_withheld_confirms_come_in_order_when_they_are_let_go() -> None:
    async def scenario() -> None:
        async with two_users() as (hub, guest, other):
            await declare(guest)
            withholding = Withholding(hub.broker.vhosts["/"], "guest")
            guest.writer.write(b"".join(publish(1, "q", b"%d" % n) for n in range(5)))
            assert await declare(guest) == 5
            assert await verdict(other, b"other") == "basic.ack"
            assert [tag for _, tag, _ in withholding.held] == [1, 2, 3, 4, 5]
            withholding.end()
            tags = [(await guest.answer()).fields["delivery_tag"]]
            while tags[-1] < 5:
                tags.append((await guest.answer()).fields["delivery_tag"])
            assert tags == sorted(tags)
            assert await verdict(guest, b"after") == "basic.ack"
            assert withholding.held == []

    asyncio.run(scenario())


def test_a_channel_that_closes_leaves_its_withheld_confirms() -> None:
    async def scenario() -> None:
        async with two_users() as (hub, guest, _):
            await declare(guest)
            withholding = Withholding(hub.broker.vhosts["/"], "guest")
            guest.writer.write(publish(1, "q", b"x"))
            close = method(
                1, "channel.close", reply_code=200, reply_text="", class_id=0, method_id=0
            )
            assert (await guest.ask(close)).spec.name == "channel.close_ok"
            assert (await guest.ask(method(1, "channel.open"))).spec.name == "channel.open_ok"
            withholding.end()
            assert await declare(guest) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("arguments", "said", "dead"),
    [
        ({}, "basic.ack", 0),
        ({"x_dead_letter_exchange": "amq.fanout"}, "basic.ack", 1),
        ({"x_overflow": "reject-publish"}, "basic.nack", 0),
        (
            {"x_overflow": "reject-publish-dlx", "x_dead_letter_exchange": "amq.fanout"},
            "basic.nack",
            1,
        ),
        ({"x_queue_type": "quorum", "x_dead_letter_exchange": "amq.fanout"}, "basic.ack", 1),
        ({"x_queue_type": "quorum", "x_overflow": "reject-publish"}, "basic.nack", 0),
    ],
    ids=["dropped", "dead", "refused", "refused and dead", "quorum", "quorum refused"],
)
@pytest.mark.parametrize("consumed", [False, True])
def test_a_queue_that_counts_as_full_does_as_its_overflow_says(
    arguments: dict[str, Any], said: str, dead: int, consumed: bool
) -> None:
    async def scenario() -> None:
        async with two_users() as (hub, guest, other):
            await declare(guest, **arguments)
            await declare(guest, "dead")
            await declare(guest, "free")
            bind = method(1, "queue.bind", queue="dead", exchange="amq.fanout")
            assert (await guest.ask(bind)).spec.name == "queue.bind_ok"
            if consumed:
                await guest.ask(method(1, "basic.consume", queue="q"))
            queue = hub.broker.vhosts["/"].queues["q"]
            queue.count_as_full(lambda message: message.body == b"for it")
            assert await verdict(other, b"for it") == said
            assert tuple(queue.depth)[:2] == (0, 0)
            assert await declare(other, "dead") == dead
            assert await verdict(other, b"for it", "free") == "basic.ack"
            assert await verdict(other, b"another") == "basic.ack"
            queue.count_as_full(None)
            assert await verdict(other, b"for it") == "basic.ack"
            assert sum(tuple(queue.depth)[:2]) == 2
            for message in hub.broker.vhosts["/"].queues["dead"].messages.ready:
                assert message.message.headers["x-first-death-reason"] == "maxlen"

    asyncio.run(scenario())


REFUSED = {
    "configure": (method(1, "queue.declare", queue="new"), "queue 'new'"),
    "read": (method(1, "basic.get", queue="q"), "queue 'q'"),
    "write": (publish(1, "q", b"x"), "exchange 'amq.default'"),
}


@pytest.mark.parametrize("right", REFUSED)
def test_a_right_is_taken_away_for_a_time(right: str) -> None:
    async def scenario() -> None:
        frames, place = REFUSED[right]
        async with two_users() as (hub, guest, other):
            await declare(guest)
            await guest.ask(frames)  # what is permitted is remembered
            hub.broker.deny("guest", "/", lambda operation, _kind, _name: operation == right)
            closed = await guest.ask(frames)
            assert closed.spec.name == "channel.close"
            assert (closed.fields["reply_code"], closed.fields["reply_text"]) == (
                403,
                f"ACCESS_REFUSED - access to {place} in vhost '/' refused for user 'guest'",
            )
            assert (await other.ask(frames)).spec.name != "channel.close"
            hub.broker.deny("guest", "/", None)
            reopened = await guest.ask(method(1, "channel.close_ok"), method(1, "channel.open"))
            assert reopened.spec.name == "channel.open_ok"
            assert (await guest.ask(CONFIRM, frames)).spec.name == "confirm.select_ok"
            assert (await guest.answer()).spec.name != "channel.close"

    asyncio.run(scenario())


def test_each_use_of_a_right_is_asked_about() -> None:
    async def scenario() -> None:
        async with two_users() as (hub, guest, _):
            await declare(guest)
            asked: list[str] = []

            def third(operation: str, kind: str, name: str) -> bool:
                asked.append(f"{operation} {kind} {name}")
                return len(asked) == 3

            hub.broker.deny("guest", "/", third)
            said = [await verdict(guest, b"x") for _ in range(3)]
            assert said == ["basic.ack", "basic.ack", "channel.close"]
            assert asked == ["write exchange amq.default"] * 3
            hub.broker.grant("guest", "/", ".*", ".*", ".*")
            guest.writer.write(method(1, "channel.close_ok") + method(1, "channel.open"))
            await guest.answer()
            await guest.ask(CONFIRM)
            assert await verdict(guest, b"x") == "basic.ack"
            assert len(asked) == 4  # a grant does not end it

    asyncio.run(scenario())
