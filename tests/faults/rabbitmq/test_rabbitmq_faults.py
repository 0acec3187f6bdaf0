"""What RabbitMQ is asked for each fault, and why it cannot do the rest."""

from __future__ import annotations

import asyncio
import base64
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, cast

import pytest

from hubemu.broker.core.queue import QueueDepth
from hubemu.engines.rabbitmq.config import DISK_FREE
from hubemu.engines.rabbitmq.erlang import ErlangShell
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.nodelog import Connected
from hubemu.errors import CheckFailed
from hubemu.faults.rabbitmq.effects import RabbitMqEffects, RabbitMqPlace, remove_left_behind
from hubemu.faults.rabbitmq.limits import why_not
from hubemu.routing import load_routing
from hubemu.settings import Environment, QueueType
from hubemu.topology import Topology, build_topology
from tests.support.plain_fault import PlainFault

A, B = "fr.health.samuA", "fr.health.samuB"
V, W = "15-15_v1.5", "15-15_v2.0"


class FakeManagement:
    """Remembers what a node was asked."""

    def __init__(self) -> None:
        self.set: dict[tuple[str, str], Mapping[str, Any]] = {("v", "client-queues"): {}}

    async def policies(self) -> list[tuple[str, str]]:
        return list(self.set)

    async def remove_policy(self, vhost: str, name: str) -> None:
        del self.set[vhost, name]


class FakePresent:
    """Tells who is there, and remembers what was closed."""

    lag = 0.0

    def __init__(self, node: FakeManagement) -> None:
        self._node = node
        self.rights: dict[tuple[str, str], Mapping[str, str]] = {}
        self.type = "classic"
        self.open: list[dict[str, Any]] = []
        self.closed: list[tuple[str, str]] = []
        self.changes: int | None = None

    def works(self) -> None:
        """One more change is made, unless none is left: then the node fails, once."""
        if self.changes is None:
            return
        if self.changes == 0:
            self.changes = None
            raise CheckFailed("RabbitMQ does not answer")
        self.changes -= 1

    async def connections(self, users: Iterable[str]) -> list[dict[str, Any]]:
        wanted = set(users)
        return [row for row in self.open if row["user"] in wanted]

    async def of_user(self, user: str, peer: str) -> list[dict[str, Any]]:
        return await self.connections([user])

    async def close(self, connections: Iterable[Mapping[str, Any]], reason: str) -> None:
        self.closed += [(row["name"].partition(" ")[0], reason) for row in connections]

    async def set_policies(
        self, vhosts: Iterable[str], name: str, policy: Mapping[str, Any], *, classic: str
    ) -> list[str]:
        if self.type != "classic":
            return list(vhosts)
        for vhost in vhosts:
            self.works()
            self._node.set[vhost, name] = policy
        return []

    async def remove_policies(self, name: str) -> None:
        for vhost, one in list(self._node.set):
            if one == name:
                del self._node.set[vhost, one]

    async def permit(self, places: Iterable[tuple[str, str, Mapping[str, str]]]) -> None:
        for user, vhost, rights in places:
            self.works()
            self.rights[user, vhost] = rights

    async def purge(self, *_: Any) -> None:
        raise NotImplementedError

    async def depths(self) -> dict[str, dict[str, QueueDepth]]:
        raise NotImplementedError


class Scene:
    """A node, and the effects on it."""

    def __init__(self) -> None:
        self.node = FakeManagement()
        self.present = FakePresent(self.node)
        self.asked: list[str] = []
        self.topology: Topology = build_topology(
            load_routing(None), Environment.SANDBOX, 60, queue_type=QueueType.CLASSIC
        )
        shell = ErlangShell(self._ask, quick=True)
        place = RabbitMqPlace(self.present, shell, self.topology)
        self.effects = RabbitMqEffects(place)

    async def _ask(self, variables: Mapping[str, str]) -> bytes:
        self.asked.append(variables["ASKED_EXPRESSION"])
        return b"hubemu:" + base64.b64encode(b'{"told": true}')

    def user(self, client: str) -> str:
        return next(name for name, owner in self.topology.users.items() if owner == client)

    def connect(self, client: str, vhost: str, port: int) -> None:
        row = {"name": f"127.0.0.1:{port} -> x", "user": self.user(client), "vhost": vhost}
        self.present.open.append(row)

    async def end(self, fault: PlainFault) -> None:
        fault.ended = True
        await self.effects.end(fault)


def test_a_nack_is_a_policy_of_dispatch_that_goes() -> None:
    async def play() -> None:
        scene = Scene()
        fault = PlainFault("nack", {}, {"vhost": V}, id="f")
        await scene.effects.begin(fault)
        policy = scene.node.set[V, "hubemu-fault-f"]
        assert (policy["pattern"], policy["definition"]["overflow"]) == (
            "^dispatch$",
            "reject-publish",
        )
        assert len(scene.node.set) == 2
        await scene.end(fault)
        assert list(scene.node.set) == [("v", "client-queues")]

    asyncio.run(play())


def test_a_quorum_queue_refuses_nothing_and_nothing_is_left() -> None:
    async def play() -> None:
        scene = Scene()
        scene.present.type = "quorum"
        with pytest.raises(CheckFailed, match="quorum queue"):
            await scene.effects.begin(PlainFault("nack", {}, {"vhost": V}))
        assert list(scene.node.set) == [("v", "client-queues")]

    asyncio.run(play())


def test_what_a_killed_hub_left_goes_and_what_is_of_others_stays() -> None:
    async def play() -> None:
        scene = Scene()
        for vhost in (V, W):
            await scene.effects.begin(PlainFault("nack", {}, {"vhost": vhost}))
        assert len(scene.node.set) == 3
        await remove_left_behind(cast("Management", scene.node))
        assert list(scene.node.set) == [("v", "client-queues")]

    asyncio.run(play())


def test_rights_come_back_only_when_no_rule_takes_them_any_more() -> None:
    async def play() -> None:
        scene = Scene()
        user = scene.user(A)
        (given,) = (one for one in scene.topology.vhosts[V].permissions if one.user == user)
        match = {"client": A, "vhost": V}
        first, second, other = (
            PlainFault("deny", {"right": right}, match) for right in ("read", "read", "write")
        )
        for fault in (first, second, other):
            await scene.effects.begin(fault)
        assert scene.present.rights[user, V] == {"configure": "^$", "read": "^$", "write": "^$"}
        await scene.end(first)
        assert scene.present.rights[user, V]["read"] == "^$"
        await scene.end(second)
        assert scene.present.rights[user, V]["read"] == given.read
        await scene.end(other)
        assert scene.present.rights[user, V]["write"] == given.write
        assert {vhost for _, vhost in scene.present.rights} == {V}

    asyncio.run(play())


@pytest.mark.parametrize("effect", ["nack", "deny"])
def test_a_rule_that_fails_on_its_way_leaves_nothing(effect: str) -> None:
    async def play() -> None:
        scene = Scene()
        scene.present.changes = 3
        with pytest.raises(CheckFailed, match="does not answer"):
            await scene.effects.begin(PlainFault(effect, {"right": "write"}))
        assert list(scene.node.set) == [("v", "client-queues")]
        given = {
            (one.user, vhost.name): one.write
            for vhost in scene.topology.vhosts.values()
            for one in vhost.permissions
        }
        changed = {place: rights["write"] for place, rights in scene.present.rights.items()}
        assert changed == {place: given[place] for place in changed}

    asyncio.run(play())


def test_a_disk_is_full_until_the_last_rule_is_over() -> None:
    async def play() -> None:
        scene = Scene()
        faults = [PlainFault("disk-alarm") for _ in range(2)]
        for fault in faults:
            await scene.effects.begin(fault)
        for fault in faults:
            await scene.end(fault)
        limits = [
            base64.b64encode(zlib.compress(f'{{"limit": {n}}}'.encode())).decode()
            for n in (10**18, DISK_FREE)
        ]
        assert [limits[0] in asked for asked in scene.asked] == [True, True, True, False]
        assert limits[1] in scene.asked[-1]

    asyncio.run(play())


def test_connections_are_closed_when_they_are_met() -> None:
    async def play() -> None:
        scene = Scene()
        scene.connect(A, V, 1)
        scene.connect(B, V, 2)
        scene.connect(B, W, 3)
        text = {"code": 320, "text": "CONNECTION_FORCED - so"}
        fault = PlainFault("close-connection", text, {"vhost": V})
        await scene.effects.begin(fault)
        assert scene.present.closed == [("127.0.0.1:1", "so"), ("127.0.0.1:2", "so")]
        assert scene.effects.closes
        scene.connect(A, V, 4)
        await scene.effects.connected(Connected("127.0.0.1:4", scene.user(A), V))
        assert scene.present.closed[2:] == [("127.0.0.1:4", "so")]
        await scene.effects.connected(Connected("127.0.0.1:3", scene.user(B), W))
        assert len(scene.present.closed) == 3
        await scene.end(fault)
        assert not scene.effects.closes

    asyncio.run(play())


REFUSED = [
    (PlainFault("close-channel", {"code": 406}), "no means"),
    (PlainFault("withhold-confirms"), "silence"),
    (PlainFault("block", {"reason": "x"}), "disk-alarm"),
    (PlainFault("stall-heartbeats"), "heartbeats itself"),
    (PlainFault("cancel-consumers"), "deleted"),
    (PlainFault("close-connection", {"code": 541}), "320"),
    (PlainFault("close-connection", {"code": 320}, {"queue": "q"}), "leave out queue"),
    (PlainFault("nack", {}, {"client": A, "queue": "q"}), "leave out client and queue"),
    (PlainFault("deny", {"right": "read"}, {"queue": "q"}), "leave out queue"),
    (PlainFault("disk-alarm", {}, {"client": A}), "dispatcher"),
    (PlainFault("nack", {}, {}, iter([True])), "counts no events"),
]


@pytest.mark.parametrize(("fault", "why"), REFUSED, ids=lambda one: getattr(one, "effect", one))
def test_what_cannot_be_is_told_with_the_reason(fault: PlainFault, why: str) -> None:
    told = why_not(fault, manageable=True, ours=True)
    assert told is not None
    assert why in told
    assert "embedded engine" in told


def test_a_broker_of_others_needs_its_management_api_and_keeps_its_disk() -> None:
    assert "not ours" in str(why_not(PlainFault("disk-alarm"), manageable=True, ours=False))
    told = why_not(PlainFault("nack"), manageable=False, ours=False)
    assert "HUBEMU_RABBITMQ_MANAGEMENT" in str(told)
    assert why_not(PlainFault("nack"), manageable=True, ours=False) is None
