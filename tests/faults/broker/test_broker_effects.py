"""Each effect of the broker on real connections: who is struck, who is not, and what is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.core import Broker
from hubemu.broker.core.alarms import DISK
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.auth import Peer
from hubemu.broker.server import TlsPolicy
from hubemu.broker.tls import TlsGate
from hubemu.faults.broker.effects import BrokerEffects
from hubemu.faults.broker.place import BrokerPlace
from tests.support.amqp_dialogue import GOODBYE, guest_broker, method, publish
from tests.support.amqp_listening import Listening, RawClient, listening, raw_client
from tests.support.plain_fault import PlainFault
from tests.support.tls_pair import accept_all, client_certificate, client_context, server_context
from tests.support.waiting import until

AUTHORITY = trustme.CA()
CONFIRM = method(1, "confirm.select")
CLOSE_OK = method(1, "channel.close_ok")
USERS = {"guest": "fr.health.samuA", "other": "fr.health.samuB"}
CONTEXTS = {user: client_context(AUTHORITY, client_certificate(AUTHORITY, user)) for user in USERS}
OF_A = {"client": "fr.health.samuA"}


class Door:
    """Tells the effects of each connection that is open."""

    def __init__(self, effects: BrokerEffects) -> None:
        self._effects = effects

    def gate(self) -> TlsGate | None:
        return None

    def accepts(self, socket: ClientSocket) -> bool:
        return True

    def identified(self, socket: ClientSocket, peer: Peer) -> bool:
        return True

    def opened(self, opened: OpenConnection) -> None:
        self._effects.opened(opened)


class Scene:
    """`guest`, who is samuA, to be struck, and `other`, samuB, who must not notice."""

    def __init__(self, hub: Listening, guest: RawClient, other: RawClient) -> None:
        self.hub = hub
        self.guest = guest
        self.other = other
        self.place = BrokerPlace(hub.broker, hub.server, dict(USERS), {"q": "fr.health.samuA"})
        self.effects = BrokerEffects(self.place)
        hub.server.interposer = Door(self.effects)

    def begin(self, effect: str, **parameters: Any) -> PlainFault:
        """Put a fault of samuA in force."""
        fault = PlainFault(effect, parameters, OF_A)
        self.effects.begin(fault)
        return fault

    def end(self, fault: PlainFault) -> None:
        """Take it away, as the book does: it strikes no more."""
        fault.ended = True
        self.effects.end(fault)

    def depth(self, queue: str = "q") -> tuple[int, ...]:
        return tuple(self.hub.broker.vhosts["/"].queues[queue].depth)

    def untouched(self) -> bool:
        """Whether nothing of any fault is left at the places."""
        vhost = self.hub.broker.vhosts["/"]
        connections = [one.connection for one in self.hub.server.open_connections()]
        return (
            vhost.interposer is None
            and all(user.access["/"].denied is None for user in self.hub.broker.users.values())
            and all(queue._full is None for queue in vhost.queues.values())
            and all(one._watcher is None and not one._control._alarms for one in connections)
            and not any(one._control.holds_heartbeats for one in connections)
            and not self.hub.broker.alarms.reasons
        )


def a_broker() -> Broker:
    broker = guest_broker()
    broker.grant("other", "/", ".*", ".*", ".*")
    return broker


@asynccontextmanager
async def client_of(hub: Listening, user: str) -> AsyncIterator[RawClient]:
    async with raw_client(hub.port, CONTEXTS[user]) as client:
        await client.open("EXTERNAL")
        assert (await client.ask(CONFIRM)).spec.name == "confirm.select_ok"
        yield client


def played(play: Callable[[Scene], Any]) -> None:
    """Play on a broker with the queue `q`, whose dead letters go to `dead`."""

    async def scenario() -> None:
        tls = TlsPolicy(server_context(AUTHORITY), accept_all)
        async with (
            listening(a_broker(), tls=tls) as hub,
            client_of(hub, "guest") as guest,
            client_of(hub, "other") as other,
        ):
            await declare(other, "q", **{"x-dead-letter-exchange": "amq.fanout"})
            await declare(other, "dead")
            await other.ask(method(1, "queue.bind", queue="dead", exchange="amq.fanout"))
            scene = Scene(hub, guest, other)
            await play(scene)
            assert await verdict(other) == "basic.ack"
            assert (await other.ask(GOODBYE)).spec.name == "connection.close_ok"

    asyncio.run(scenario())


async def declare(client: RawClient, name: str, **arguments: Any) -> int:
    declared = await client.ask(
        method(1, "queue.declare", queue=name, durable=True, arguments=arguments)
    )
    assert declared.spec.name == "queue.declare_ok", declared.fields
    count: int = declared.fields["message_count"]
    return count


async def verdict(client: RawClient, body: bytes = b"x", key: str = "q") -> str:
    """What the broker says to a publish."""
    return (await client.ask(publish(1, key, body))).spec.name


async def reopened(client: RawClient) -> None:
    assert (await client.ask(CLOSE_OK, method(1, "channel.open"))).spec.name == "channel.open_ok"
    assert (await client.ask(CONFIRM)).spec.name == "confirm.select_ok"


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


def test_a_message_is_refused_and_not_taken() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("nack")
        assert await verdict(scene.guest) == "basic.nack"
        assert await verdict(scene.other) == "basic.ack"
        assert scene.depth()[0] == 1
        scene.end(fault)
        assert await verdict(scene.guest) == "basic.ack"
        assert scene.untouched()

    played(play)


def test_who_is_not_meant_is_not_asked_about() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("nack")
        for client, asked in ((scene.guest, True), (scene.other, False)):
            await verdict(client)
            user = {True: "guest", False: "other"}[asked]
            (core,) = (
                core
                for one in scene.hub.server.open_connections()
                if one.info.user == user
                for _, core in one.connection.channels.cores()
            )
            assert (core.publisher._interposer is not None) is asked
        scene.end(fault)

    played(play)


def test_a_second_rule_meets_those_whom_the_first_left_out() -> None:
    async def play(scene: Scene) -> None:
        first = scene.begin("withhold-confirms")
        assert await verdict(scene.other) == "basic.ack"
        second = PlainFault("nack", {}, {"client": "fr.health.samuB"})
        scene.effects.begin(second)
        assert await verdict(scene.other) == "basic.nack"
        scene.guest.writer.write(publish(1, "q", b"x"))
        scene.end(second)
        assert await verdict(scene.other) == "basic.ack"
        scene.end(first)
        assert (await scene.guest.answer()).spec.name == "basic.ack"
        assert scene.untouched()

    played(play)


def test_confirms_that_are_withheld_come_in_order_when_it_ends() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("withhold-confirms")
        scene.guest.writer.write(b"".join(publish(1, "q", b"%d" % n) for n in range(5)))
        assert await declare(scene.guest, "dead") == 0  # all five have been taken by now
        assert scene.depth()[0] == 5
        assert await verdict(scene.other) == "basic.ack"
        scene.end(fault)
        tags = [(await scene.guest.answer()).fields["delivery_tag"]]
        while tags[-1] < 5:
            tags.append((await scene.guest.answer()).fields["delivery_tag"])
        assert tags == sorted(tags)
        assert len(fault.struck) == 5
        assert scene.untouched()

    played(play)


def test_only_the_confirms_that_are_struck_are_withheld() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("withhold-confirms", {}, OF_A, iter([False, True, False]))
        scene.effects.begin(fault)
        assert await verdict(scene.guest) == "basic.ack"
        scene.guest.writer.write(publish(1, "q", b"withheld"))
        confirmed = await scene.guest.ask(publish(1, "q", b"third"))
        assert (confirmed.spec.name, confirmed.fields["delivery_tag"]) == ("basic.ack", 3)
        assert not confirmed.fields["multiple"]
        scene.end(fault)
        assert (await scene.guest.answer()).fields["delivery_tag"] == 2

    played(play)


@pytest.mark.parametrize(
    ("effect", "parameters", "reason"),
    [("block", {"reason": "low on patience"}, "low on patience"), ("disk-alarm", {}, DISK)],
)
def test_a_publisher_is_told_and_waits(
    effect: str, parameters: dict[str, Any], reason: str
) -> None:
    async def play(scene: Scene) -> None:
        faults = [scene.begin(effect, **parameters) for _ in range(2)]
        blocked = await scene.guest.ask(publish(1, "q", b"1"), publish(1, "q", b"2"))
        assert (blocked.spec.name, blocked.fields["reason"]) == ("connection.blocked", reason)
        assert scene.depth()[0] == 0
        assert await verdict(scene.other) == "basic.ack"
        scene.end(faults[0])
        scene.guest.writer.write(publish(1, "q", b"3"))
        assert await verdict(scene.other) == "basic.ack"
        assert scene.depth()[0] == 2
        scene.end(faults[1])
        assert (await scene.guest.answer()).spec.name == "connection.unblocked"
        while (await scene.guest.answer()).fields["delivery_tag"] < 3:
            pass
        assert scene.untouched()

    played(play)


def test_a_full_disk_is_an_alarm_of_the_whole_broker() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("disk-alarm")
        scene.effects.begin(fault)
        scene.hub.broker.alarms.disk(True)
        scene.hub.broker.alarms.disk(False)  # a disk that has room again ends no fault
        assert scene.hub.broker.alarms.reasons == (DISK,)
        for client in (scene.guest, scene.other):
            assert (await client.ask(publish(1, "q", b"x"))).fields["reason"] == DISK
        async with client_of(scene.hub, "guest") as late:
            assert await verdict(late) == "connection.blocked"
            scene.end(fault)
            for client in (scene.guest, scene.other, late):
                assert (await client.answer()).spec.name == "connection.unblocked"
                assert (await client.answer()).spec.name == "basic.ack"
        assert len(fault.struck) == 3
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


def test_a_user_that_is_bound_later_is_known() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("nack", {}, {"client": "fr.health.samuC"})
        scene.effects.begin(fault)
        assert await verdict(scene.other) == "basic.ack"
        scene.place.users["other"] = "fr.health.samuC"  # type: ignore[index]
        async with client_of(scene.hub, "other") as again:
            assert await verdict(again) == "basic.nack"
        scene.end(fault)

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
