"""Faults of the network on connections open and new, by client and vHost."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.server import TlsPolicy
from hubemu.faults.doors import ServerDoor
from hubemu.faults.network.network import Network
from tests.support.amqp_dialogue import GOODBYE, guest_broker, method
from tests.support.amqp_listening import PATIENCE, Listening, RawClient, listening, raw_client
from tests.support.plain_fault import PlainFault
from tests.support.tls_pair import accept_all, client_certificate, client_context, server_context

AUTHORITY = trustme.CA()
USERS = {"guest": "fr.health.samuA", "other": "fr.health.samuB"}
CONTEXTS = {user: client_context(AUTHORITY, client_certificate(AUTHORITY, user)) for user in USERS}
DECLARE = method(1, "queue.declare", queue="q")
OF_A = {"client": "fr.health.samuA"}
ON_2 = {"vhost": "two"}


class Scene:
    """A broker with two vHosts and two users, and the faults of its network."""

    def __init__(self, hub: Listening) -> None:
        self.hub = hub
        self.opened: list[OpenConnection] = []
        self.network = Network(asyncio.get_running_loop())
        self.door = ServerDoor(hub.server, USERS, self.network, self.opened.append, lambda: None)
        self.door.watch(True)

    def begin(self, effect: str, match: dict[str, str], **parameters: Any) -> PlainFault:
        """Put a fault in force."""
        fault = PlainFault(effect, parameters, match)
        self.network.begin(fault, self.door.parties())
        return fault

    @property
    def lines(self) -> list[bool]:
        """Whether each open connection is led through something."""
        return [one.socket.transit is not None for one in self.hub.server.open_connections()]


@asynccontextmanager
async def client(hub: Listening, user: str = "guest", vhost: str = "/") -> AsyncIterator[RawClient]:
    async with raw_client(hub.port, CONTEXTS[user]) as one:
        await one.open("EXTERNAL", vhost)
        yield one


def played(play: Callable[[Scene], Any]) -> None:
    async def scenario() -> None:
        broker = guest_broker()
        broker.add_vhost("two")
        for user in USERS:
            for vhost in ("/", "two"):
                broker.grant(user, vhost, ".*", ".*", ".*")
        tls = TlsPolicy(server_context(AUTHORITY), accept_all)
        async with listening(broker, tls=tls) as hub:
            await play(Scene(hub))

    asyncio.run(scenario())


async def well(one: RawClient) -> None:
    assert (await one.ask(DECLARE)).spec.name == "queue.declare_ok"


async def reset(one: RawClient) -> None:
    with pytest.raises((ConnectionResetError, EOFError)):
        await one.ask(DECLARE)


@pytest.mark.parametrize(
    ("match", "lines"),
    [
        ({}, [True, True, True]),
        (OF_A, [True, True, False]),
        (ON_2, [False, True, False]),
        (OF_A | ON_2, [False, True, False]),
        ({"client": "fr.health.samuC"}, [False, False, False]),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_connections_open_and_new_are_met_by_client_and_vhost(
    match: dict[str, str], lines: list[bool], before: bool
) -> None:
    async def play(scene: Scene) -> None:
        faults = [scene.begin("latency", match, ms=1)] if before else []
        async with (
            client(scene.hub) as first,
            client(scene.hub, vhost="two") as second,
            client(scene.hub, "other") as third,
        ):
            faults = faults or [scene.begin("latency", match, ms=1)]
            assert scene.lines == lines
            for one in (first, second, third):
                await well(one)
            struck = [
                bool(scene.network.struck(one.info.peer))
                for one in scene.hub.server.open_connections()
            ]
            assert struck == lines
            scene.network.end(faults[0])
            assert scene.lines == [False, False, False]
            for one in (first, second, third):
                await well(one)
                assert (await one.ask(GOODBYE)).spec.name == "connection.close_ok"

    played(play)


def test_open_connections_are_reset_and_others_stay() -> None:
    async def play(scene: Scene) -> None:
        async with client(scene.hub) as guest, client(scene.hub, "other") as other:
            fault = scene.begin("reset", OF_A)
            await reset(guest)
            await well(other)
            async with raw_client(scene.hub.port, CONTEXTS["guest"]) as again:
                await reset(again)
            scene.network.end(fault)
            async with client(scene.hub) as again:
                await well(again)
            assert len(fault.struck) == 2

    played(play)


@pytest.mark.parametrize("match", [{}, OF_A, ON_2])
def test_new_connections_are_refused_and_open_ones_stay(match: dict[str, str]) -> None:
    async def play(scene: Scene) -> None:
        async with client(scene.hub, vhost="two") as open_one:
            fault = scene.begin("refuse", match)
            # In the client's eyes: in TLS, after TLS, or when it opens its vHost.
            with pytest.raises((OSError, EOFError)):
                await came_in(scene.hub)
            await well(open_one)
            assert len(fault.struck) == 1
            assert [one.info.id for one in scene.opened] == ["1"]
            scene.network.end(fault)
            async with client(scene.hub, vhost="two") as new:
                await well(new)

    played(play)


async def came_in(hub: Listening) -> None:
    async with client(hub, vhost="two"):
        pass


def test_who_is_not_meant_comes_in_while_others_are_refused() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("refuse", OF_A)
        async with client(scene.hub, "other") as other:
            await well(other)
        assert fault.struck == []

    played(play)


def test_a_connection_that_is_gone_is_not_kept() -> None:
    async def play(scene: Scene) -> None:
        faults = [
            scene.begin("latency", {}, ms=1),
            scene.begin("cut", {}, bytes=1_000_000),
            scene.begin("silence", OF_A | ON_2),
        ]
        async with client(scene.hub) as one:
            await well(one)
            (opened,) = scene.hub.server.open_connections()
            kept = weakref.ref(opened.socket)
            del opened
            scene.opened.clear()
        async with asyncio.timeout(PATIENCE):
            while scene.hub.server.sessions:
                await asyncio.sleep(0.002)
        await asyncio.sleep(0)
        gc.collect()
        assert kept() is None
        for fault in faults:
            scene.network.end(fault)

    played(play)
