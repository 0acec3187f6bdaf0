"""Each effect of the broker on real connections: who is struck, who is not, and what is left."""

from __future__ import annotations

import pytest

from tests.support.amqp_dialogue import method, publish
from tests.support.amqp_listening import raw_client
from tests.support.plain_fault import PlainFault
from tests.support.struck_broker import (
    CONFIRM,
    CONTEXTS,
    OF_A,
    Scene,
    client_of,
    played,
    reopened,
    verdict,
)
from tests.support.waiting import until


def test_a_connection_is_closed_at_once_and_again_at_its_next_method() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("close-connection", code=320, text="")
        closed = await scene.guest.answer()
        assert (closed.spec.name, closed.fields["reply_code"], closed.fields["reply_text"]) == (
            "connection.close",
            320,
            "CONNECTION_FORCED - closed by a fault rule",
        )
        async with raw_client(scene.hub.port, CONTEXTS["guest"]) as again:
            await again.open("EXTERNAL")
            assert (await again.ask(CONFIRM)).spec.name == "connection.close"
        assert len(fault.struck) == 2
        scene.end(fault)
        async with client_of(scene.hub, "guest") as again:
            assert await verdict(again) == "basic.ack"
        assert scene.untouched()

    played(play)


def test_a_connection_is_closed_in_place_of_the_method_that_is_struck() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault(
            "close-connection",
            {"code": 541, "text": "INTERNAL_ERROR - so"},
            OF_A,
            iter([False, False, True]),
        )
        scene.effects.begin(fault)
        assert [await verdict(scene.guest) for _ in range(2)] == ["basic.ack"] * 2
        closed = await scene.guest.ask(publish(1, "q", b"third"))
        assert (closed.fields["reply_code"], closed.fields["reply_text"]) == (
            541,
            "INTERNAL_ERROR - so",
        )
        assert scene.depth()[0] == 2
        scene.end(fault)
        assert scene.untouched()

    played(play)


def test_a_channel_is_closed_in_place_of_a_method() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("close-channel", code=406, text="PRECONDITION_FAILED - so")
        closed = await scene.guest.ask(publish(1, "q", b"x"))
        assert (closed.spec.name, closed.fields["reply_code"]) == ("channel.close", 406)
        assert closed.fields["reply_text"] == "PRECONDITION_FAILED - so"
        assert (closed.fields["class_id"], closed.fields["method_id"]) == (60, 40)
        assert scene.depth()[0] == 0
        scene.end(fault)
        await reopened(scene.guest)
        assert await verdict(scene.guest) == "basic.ack"
        assert scene.untouched()

    played(play)


def test_heartbeats_do_not_come() -> None:
    async def play(scene: Scene) -> None:
        async with raw_client(scene.hub.port, CONTEXTS["guest"]) as beating:
            await beating.open("EXTERNAL", heartbeat=60)
            faults = [scene.begin("stall-heartbeats") for _ in range(2)]
            held = [one.connection._control for one in scene.hub.server.open_connections()]
            assert [one.holds_heartbeats for one in held] == [False, False, True]
            async with raw_client(scene.hub.port, CONTEXTS["guest"]) as late:
                await late.open("EXTERNAL", heartbeat=60)
                assert [len(fault.struck) for fault in faults] == [2, 2]
                scene.end(faults[0])
                assert held[2].holds_heartbeats
                scene.end(faults[1])
                assert scene.untouched()

    played(play)


def test_consumers_are_cancelled_those_there_are_and_those_that_come() -> None:
    async def play(scene: Scene) -> None:
        for client in (scene.guest, scene.other):
            for queue in ("q", "dead"):
                await client.ask(method(1, "basic.consume", queue=queue, consumer_tag=queue))
        fault = PlainFault("cancel-consumers", {}, {**OF_A, "queue": "q"})
        scene.effects.begin(fault)
        cancelled = await scene.guest.answer()
        assert (cancelled.spec.name, cancelled.fields["consumer_tag"]) == ("basic.cancel", "q")
        assert (scene.depth()[2], scene.depth("dead")[2]) == (1, 2)
        for tag in ("chosen", ""):
            consume = method(1, "basic.consume", queue="q", consumer_tag=tag)
            told = await scene.guest.ask(consume)
            assert told.spec.name == "basic.consume_ok"
            cancelled = await scene.guest.answer()
            assert cancelled.spec.name == "basic.cancel"
            assert cancelled.fields["consumer_tag"] == told.fields["consumer_tag"]
        assert len(fault.struck) == 3
        scene.end(fault)
        await scene.guest.ask(method(1, "basic.consume", queue="q", consumer_tag="again"))
        assert scene.depth()[2] == 2
        await scene.other.ask(method(1, "basic.cancel", consumer_tag="q"))
        assert scene.untouched()

    played(play)


STRUCK: dict[str, bytes] = {
    "nack": publish(1, "q", b"x"),
    "withhold-confirms": publish(1, "q", b"x"),
    "block": publish(1, "q", b"x"),
    "disk-alarm": publish(1, "q", b"x"),
    "cancel-consumers": method(1, "basic.consume", queue="q"),
    "close-channel": CONFIRM,
}


@pytest.mark.parametrize("effect", STRUCK)
def test_a_connection_that_was_struck_is_told(effect: str) -> None:
    async def play(scene: Scene) -> None:
        guest, other = (one.info.peer for one in scene.hub.server.open_connections())
        fault = scene.begin(effect, code=406, reason="so")
        scene.guest.writer.write(STRUCK[effect])
        assert await verdict(scene.other) == "basic.ack"
        await until(lambda: fault.struck)
        assert scene.effects.struck(guest) == [fault.id]
        assert scene.effects.struck(other) == []
        scene.end(fault)
        assert scene.effects.struck(guest) == []

    played(play)
