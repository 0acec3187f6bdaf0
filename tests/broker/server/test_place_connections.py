"""The places of an open connection and of its channels, on real ones over TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from hubemu.broker.core.alarms import DISK
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.refusal import Refusal
from hubemu.broker.server import TlsPolicy
from hubemu.broker.wire.frames import HEARTBEAT
from hubemu.broker.wire.methods import Method, method_id
from tests.support.amqp_dialogue import GOODBYE, Dialogue, guest_broker, method, publish
from tests.support.amqp_listening import PATIENCE, Listening, RawClient, listening, raw_client
from tests.support.tls_pair import accept_all, client_certificate, client_context, server_context

AUTHORITY = trustme.CA()
GUEST = client_certificate(AUTHORITY, "guest")
DECLARE = method(1, "queue.declare", queue="q")
CONFIRM = method(1, "confirm.select")


@asynccontextmanager
async def two_clients(
    heartbeat: int = 0,
) -> AsyncIterator[tuple[Listening, RawClient, OpenConnection, RawClient]]:
    """A client to be struck, its connection at the Hub, and one that must not notice."""
    tls = TlsPolicy(server_context(AUTHORITY), accept_all)
    context = client_context(AUTHORITY, GUEST)
    async with (
        listening(guest_broker(), tls=tls) as hub,
        raw_client(hub.port, context) as struck,
        raw_client(hub.port, context) as other,
    ):
        for client in (struck, other):
            await client.open("EXTERNAL", heartbeat=heartbeat)
            assert (await client.ask(DECLARE)).spec.name == "queue.declare_ok"
        found = hub.server.open_connection("1")
        assert found is not None
        yield hub, struck, found, other


async def unharmed(client: RawClient) -> None:
    assert (await client.ask(DECLARE)).spec.name == "queue.declare_ok"
    assert (await client.ask(GOODBYE)).spec.name == "connection.close_ok"


def test_a_connection_is_closed_with_any_code_and_text() -> None:
    async def scenario() -> None:
        async with two_clients() as (hub, struck, connection, other):
            connection.close(541, "INTERNAL_ERROR - élan")
            closed = await struck.answer()
            assert closed.spec.name == "connection.close"
            assert closed.fields["reply_code"] == 541
            assert closed.fields["reply_text"] == "INTERNAL_ERROR - élan"
            struck.writer.write(method(0, "connection.close_ok"))
            await struck.rest()
            assert hub.server.open_connection("1") is None
            await unharmed(other)

    asyncio.run(scenario())


def test_a_channel_is_closed_with_any_code_and_text_and_can_be_opened_again() -> None:
    async def scenario() -> None:
        async with two_clients() as (_, struck, connection, other):
            connection.close_channel(1, 311, "CONTENT_TOO_LARGE - so we say")
            connection.close_channel(2, 406, "there is none")
            closed = await struck.answer()
            assert closed.spec.name == "channel.close"
            assert closed.fields["reply_code"] == 311
            assert closed.fields["reply_text"] == "CONTENT_TOO_LARGE - so we say"
            struck.writer.write(method(1, "channel.close_ok"))
            assert (await struck.ask(method(1, "channel.open"))).spec.name == "channel.open_ok"
            await unharmed(struck)
            await unharmed(other)

    asyncio.run(scenario())


def test_a_channel_closed_in_the_middle_of_a_message_counts_it_to_its_end() -> None:
    dialogue = Dialogue().channel()
    dialogue.send(DECLARE)
    frames = publish(1, "q", b"cut in two")
    dialogue.send(frames[:-10])
    dialogue.connection.close_channel(1, 406, "PRECONDITION_FAILED - enough")
    assert [name for _, name, _ in dialogue.replies()] == ["channel.close"]
    assert dialogue.send(frames[-10:]) == []
    dialogue.send(method(1, "channel.close_ok"), method(1, "channel.open"))
    assert dialogue.send(DECLARE)[-1][2]["message_count"] == 0
    assert dialogue.broker.memory_use.bytes == 0


def test_the_consumers_of_a_channel_are_cancelled_and_what_they_hold_stays_theirs() -> None:
    async def scenario() -> None:
        async with two_clients() as (hub, struck, connection, other):
            struck.writer.write(publish(1, "q", b"held"))
            await struck.ask(method(1, "basic.consume", queue="q", consumer_tag="a"))
            await struck.answer()  # basic.deliver
            await struck.ask(method(1, "basic.consume", queue="q", consumer_tag="b"))
            connection.cancel_consumers(1)
            cancelled = [await struck.answer(), await struck.answer()]
            assert {one.spec.name for one in cancelled} == {"basic.cancel"}
            assert {one.fields["consumer_tag"] for one in cancelled} == {"a", "b"}
            queue = hub.broker.vhosts["/"].queues["q"]
            assert tuple(queue.depth) == (0, 1, 0)
            struck.writer.write(method(1, "basic.ack", delivery_tag=1))
            await struck.ask(method(1, "basic.consume", queue="q", consumer_tag="a"))
            assert tuple(queue.depth) == (0, 0, 1)
            await unharmed(other)

    asyncio.run(scenario())


def test_one_connection_is_blocked_at_its_next_publish_until_it_is_let_go() -> None:
    async def scenario() -> None:
        async with two_clients() as (hub, struck, connection, other):
            queue = hub.broker.vhosts["/"].queues["q"]
            await struck.ask(CONFIRM)
            connection.block("low on patience")
            blocked = await struck.ask(*(publish(1, "q", b"%d" % n) for n in range(3)))
            assert blocked.spec.name == "connection.blocked"
            assert blocked.fields["reason"] == "low on patience"
            assert queue.depth.ready == 0
            assert (await other.ask(CONFIRM)).spec.name == "confirm.select_ok"
            assert (await other.ask(publish(1, "q", b"other"))).spec.name == "basic.ack"
            connection.unblock("low on patience")
            assert (await struck.answer()).spec.name == "connection.unblocked"
            while (await struck.answer()).fields["delivery_tag"] < 3:
                pass
            await unharmed(struck)
            bodies = [queued.message.body for queued in queue.messages.ready]
            assert bodies == [b"other", b"0", b"1", b"2"]
            await unharmed(other)

    asyncio.run(scenario())


def test_a_full_disk_blocks_all_who_publish_even_who_comes_later() -> None:
    async def scenario() -> None:
        async with two_clients() as (hub, struck, connection, other):
            hub.broker.alarms.raise_(DISK)
            connection.block("low on memory")
            told = (await struck.ask(publish(1, "q", b"x"))).fields["reason"]
            assert told == "low on disk & memory"
            connection.unblock("low on memory")
            async with raw_client(hub.port, client_context(AUTHORITY, GUEST)) as late:
                await late.open("EXTERNAL")
                assert (await late.ask(publish(1, "q", b"x"))).spec.name == "connection.blocked"
                hub.broker.alarms.clear(DISK)
                for client in (late, struck):
                    assert (await client.answer()).spec.name == "connection.unblocked"
                    await unharmed(client)
            assert hub.broker.alarms.reasons == ()
            await unharmed(other)

    asyncio.run(scenario())


async def next_heartbeat(client: RawClient) -> None:
    """Wait for a heartbeat; no method may come before it."""
    async with asyncio.timeout(PATIENCE):
        while (frame := client._frames.next()) is None:
            await client._more()
        assert frame[0] == HEARTBEAT


def test_heartbeats_are_held_and_one_that_is_owed_comes_when_they_are_let_go() -> None:
    async def scenario() -> None:
        async with two_clients(heartbeat=1) as (_, struck, connection, other):
            connection.hold_heartbeats()
            came = asyncio.create_task(next_heartbeat(struck))
            for _ in range(3):
                await next_heartbeat(other)
                for client in (struck, other):
                    client.writer.write(b"\x08\x00\x00\x00\x00\x00\x00\xce")
            assert not came.done()
            connection.release_heartbeats()
            await came
            await next_heartbeat(struck)

    asyncio.run(scenario())


@pytest.mark.parametrize("channel", [0, 1], ids=["the connection", "the channel"])
def test_each_method_can_be_refused_before_it_does_anything(channel: int) -> None:
    async def scenario() -> None:
        async with two_clients() as (hub, struck, connection, other):
            seen: list[tuple[int, str]] = []

            def third_publish(number: int, came: Method) -> None:
                seen.append((number, came.spec.name))
                if seen.count((1, "basic.publish")) == 3:
                    raise Refusal(
                        channel, 320, "CONNECTION_FORCED - third", *method_id(came.spec.name)
                    )

            connection.connection.watch(third_publish)
            closed = await struck.ask(publish(1, "q", b"x") * 3)
            assert closed.spec.name == ("channel.close" if channel else "connection.close")
            assert closed.fields["reply_text"] == "CONNECTION_FORCED - third"
            assert (closed.fields["class_id"], closed.fields["method_id"]) == (60, 40)
            assert seen == [(1, "basic.publish")] * 3
            assert hub.broker.vhosts["/"].queues["q"].depth.ready == 2
            if channel:
                connection.connection.watch(None)
                struck.writer.write(method(1, "channel.close_ok"))
                await struck.ask(method(1, "channel.open"))
                await unharmed(struck)
            await unharmed(other)

    asyncio.run(scenario())
