"""A broker with two clients on real connections, one of whom a fault of the broker strikes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trustme

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.core import Broker
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

__all__ = [
    "CLOSE_OK",
    "CONFIRM",
    "CONTEXTS",
    "OF_A",
    "Scene",
    "client_of",
    "declare",
    "played",
    "reopened",
    "verdict",
]

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
