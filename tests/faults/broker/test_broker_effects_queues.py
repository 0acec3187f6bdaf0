"""Effects of the broker on queues and rights: full, denied, and which queue a method is about."""

from __future__ import annotations

import pytest

from tests.support.amqp_dialogue import method, publish
from tests.support.plain_fault import PlainFault
from tests.support.struck_broker import (
    CONFIRM,
    OF_A,
    Scene,
    played,
    reopened,
    verdict,
)


def test_a_queue_that_is_full_buries_what_comes() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("queue-full")
        assert await verdict(scene.other) == "basic.ack"
        assert (scene.depth()[0], scene.depth("dead")[0]) == (0, 1)
        (buried,) = scene.hub.broker.vhosts["/"].queues["dead"].messages.ready
        assert buried.message.headers["x-first-death-reason"] == "maxlen"
        assert await verdict(scene.other, key="dead") == "basic.ack"
        assert scene.depth("dead")[0] == 2
        scene.end(fault)
        assert await verdict(scene.other) == "basic.ack"
        assert scene.depth()[0] == 1
        assert scene.untouched()

    played(play)


def test_a_queue_of_nobody_is_full_only_if_it_is_named() -> None:
    async def play(scene: Scene) -> None:
        for match, ready in (({}, 1), ({"queue": "dead"}, 1), ({"queue": "q"}, 2)):
            fault = PlainFault("queue-full", {}, match)
            scene.effects.begin(fault)
            assert await verdict(scene.guest, key="dead") == "basic.ack"
            scene.end(fault)
            assert scene.depth("dead")[0] == ready
        assert scene.untouched()

    played(play)


REFUSED = {
    "configure": (method(1, "queue.declare", queue="new"), "queue"),
    "read": (method(1, "basic.get", queue="q"), "queue"),
    "write": (publish(1, "q", b"x"), "exchange"),
}


@pytest.mark.parametrize("right", REFUSED)
def test_a_right_is_denied(right: str) -> None:
    async def play(scene: Scene) -> None:
        frames, kind = REFUSED[right]
        fault = scene.begin("deny", right=right)
        closed = await scene.guest.ask(frames)
        assert (closed.spec.name, closed.fields["reply_code"]) == ("channel.close", 403)
        assert f"access to {kind}" in closed.fields["reply_text"]
        assert (await scene.other.ask(frames)).spec.name != "channel.close"
        scene.end(fault)
        await reopened(scene.guest)
        assert (await scene.guest.ask(frames)).spec.name != "channel.close"
        assert scene.untouched()

    played(play)


def test_only_the_right_to_the_queue_meant_is_denied() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("deny", {"right": "read"}, {**OF_A, "queue": "dead"})
        scene.effects.begin(fault)
        assert (await scene.guest.ask(REFUSED["read"][0])).spec.name == "basic.get_empty"
        closed = await scene.guest.ask(method(1, "basic.get", queue="dead"))
        assert closed.fields["reply_code"] == 403
        scene.end(fault)
        assert scene.untouched()

    played(play)


QUEUED = {
    "declare": method(1, "queue.declare", queue="q", passive=True),
    "consume": method(1, "basic.consume", queue="q"),
    "get": method(1, "basic.get", queue="q"),
    "publish": publish(1, "q", b"x"),
    "routed": publish(1, "", b"x", exchange="amq.fanout"),
}


@pytest.mark.parametrize("name", QUEUED)
def test_a_method_is_known_by_its_queue(name: str) -> None:
    async def play(scene: Scene) -> None:
        queue = "dead" if name == "routed" else "q"
        fault = PlainFault("close-channel", {"code": 406}, {**OF_A, "queue": queue})
        scene.effects.begin(fault)
        assert (await scene.guest.ask(CONFIRM)).spec.name == "confirm.select_ok"
        free = method(1, "queue.declare", queue="free")
        assert (await scene.guest.ask(free)).spec.name == "queue.declare_ok"
        assert (await scene.guest.ask(QUEUED[name])).spec.name == "channel.close"
        scene.end(fault)

    played(play)


def test_an_acknowledgement_is_known_by_the_queue_of_its_delivery() -> None:
    async def play(scene: Scene) -> None:
        assert await verdict(scene.guest) == "basic.ack"
        await scene.guest.ask(method(1, "basic.get", queue="q"))
        fault = PlainFault("close-channel", {"code": 406}, {**OF_A, "queue": "q"})
        scene.effects.begin(fault)
        closed = await scene.guest.ask(method(1, "basic.ack", delivery_tag=1))
        assert (closed.fields["class_id"], closed.fields["method_id"]) == (60, 80)
        assert scene.depth()[0] == 1  # not acknowledged: back where it was
        scene.end(fault)

    played(play)
