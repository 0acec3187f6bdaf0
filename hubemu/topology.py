"""The objects of every vHost, computed once from the routing tables for both engines.

Source: DST 2.2 and the observed Hub (facts: hub 2). Nothing else decides what exists or who may
touch it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Reading routing tables takes longer than starting a broker, which needs none.
    from hubemu.routing import Client, RoutingTables
    from hubemu.settings import Environment, QueueType

__all__ = [
    "DEAD_LETTERS",
    "DISPATCH",
    "DISPATCHER",
    "DISTRIBUTION",
    "HUB_EXCHANGE",
    "QUEUE_KINDS",
    "BindingDefinition",
    "ExchangeDefinition",
    "Permission",
    "Policy",
    "QueueDefinition",
    "TopicPermission",
    "Topology",
    "VHostTopology",
    "build_topology",
    "owners",
    "replicated",
]

HUB_EXCHANGE = "hubsante"
DISTRIBUTION = "distribution"
DEAD_LETTER_EXCHANGE = "distribution.dlx"
DISPATCH = "dispatch"
DEAD_LETTERS = "dispatch.dlq"
DISPATCHER = "dispatcher"
"""User name and certificate CN of the dispatcher."""
QUEUE_KINDS = ("message", "ack", "info")

_NOTHING = "^$"
_TYPE = "x-queue-type"
_CLASSIC: Mapping[str, object] = {_TYPE: "classic"}


@dataclass(frozen=True, slots=True)
class ExchangeDefinition:
    """A durable exchange of type `topic`, `direct` or `fanout`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class QueueDefinition:
    """A durable queue; `owner` is the client id it belongs to, `None` for the dispatcher's.

    Its type stands in its own arguments: RabbitMQ 3.10 does not apply a vHost's default.
    """

    name: str
    owner: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class BindingDefinition:
    """A queue bound to an exchange with a routing key."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A RabbitMQ policy on queues whose name matches `pattern`; `message-ttl` in milliseconds."""

    name: str
    pattern: str
    definition: Mapping[str, str | int]
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Permission:
    """What a user may configure, write and read, as regular expressions on names."""

    user: str
    configure: str
    write: str
    read: str


@dataclass(frozen=True, slots=True)
class TopicPermission:
    """The routing keys a user may write to or read from a topic exchange with."""

    user: str
    exchange: str
    write: str
    read: str


@dataclass(frozen=True, slots=True)
class VHostTopology:
    """Everything that exists on one vHost."""

    name: str
    exchanges: tuple[ExchangeDefinition, ...]
    queues: tuple[QueueDefinition, ...]
    bindings: tuple[BindingDefinition, ...]
    policies: tuple[Policy, ...]
    permissions: tuple[Permission, ...]
    topic_permissions: tuple[TopicPermission, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """All vHosts, all user names, and `users`: user name (certificate CN) to client id.

    That of a Hub is live: whoever holds it, or one of its two mappings, sees what is in force now.
    """

    vhosts: dict[str, VHostTopology]
    users: dict[str, str]

    def copy(self) -> Topology:
        """The same, as it is now."""
        return Topology(vhosts=dict(self.vhosts), users=dict(self.users))

    def become(self, other: Topology) -> None:
        """Be as `other` is from now on."""
        now = other.copy()
        self.vhosts.clear()
        self.vhosts.update(now.vhosts)
        self.users.clear()
        self.users.update(now.users)


def build_topology(
    tables: RoutingTables,
    environment: Environment,
    ttl: int,
    bindings: Mapping[str, Sequence[str]] | None = None,
    *,
    queue_type: QueueType,
) -> Topology:
    """The topology of a Hub; `ttl` is the default time-to-live of client queues in seconds.

    `bindings` are further user names, each with the clients it stands for; `queue_type` is the type
    of the clients' queues. The dispatcher's are classic (facts: hub 13).
    """
    holders = {}
    for client in tables.clients.values():
        for identity in ("legacy", "igc"):
            holders[client.common_name(identity, environment)] = client
    for name, clients in (bindings or {}).items():
        if bound := _merged(tables, clients):
            holders[name] = bound
    vhosts = {
        name: _vhost(name, tables, holders, row.ttl or ttl, queue_type)
        for name, row in tables.vhosts.items()
    }
    users = {DISPATCHER: DISPATCHER} | {name: one.id for name, one in holders.items()}
    return Topology(vhosts=vhosts, users=users)


def _merged(tables: RoutingTables, ids: Sequence[str]) -> Client | None:
    """A client that may do what all of these may; `None` if the tables know none of them."""
    clients = [tables.clients[one] for one in ids if one in tables.clients]
    if not clients:
        return None
    return replace(
        clients[0],
        acts_for=tuple(dict.fromkeys(i for one in clients for i in one.own_ids)),
        writes_as=tuple(dict.fromkeys(i for one in clients for i in one.writes_as)),
        reads_as=tuple(dict.fromkeys(i for one in clients for i in one.reads_as)),
    )


def owners(topology: Topology) -> dict[str, str]:
    """The clients' queues, of all vHosts, with whom they belong to."""
    return {
        queue.name: queue.owner
        for vhost in topology.vhosts.values()
        for queue in vhost.queues
        if queue.owner is not None
    }


def replicated(topology: Topology) -> Topology:
    """The topology for a cluster: the dispatcher's queues are of the type of the clients', too.

    A classic queue is on one node only, and nothing is dispatched while that is away.
    """
    return replace(
        topology, vhosts={name: _alike(vhost) for name, vhost in topology.vhosts.items()}
    )


def _alike(vhost: VHostTopology) -> VHostTopology:
    types = [queue.arguments for queue in vhost.queues if queue.owner is not None]
    if not types:
        return vhost
    queues = tuple(replace(queue, arguments=types[0]) for queue in vhost.queues)
    return replace(vhost, queues=queues)


def _vhost(
    name: str,
    tables: RoutingTables,
    holders: Mapping[str, Client],
    ttl: int,
    queue_type: QueueType,
) -> VHostTopology:
    client_queues = tuple(
        QueueDefinition(f"{owner}.{kind}", owner, {_TYPE: queue_type.value})
        for owner in tables.queue_owners()
        for kind in QUEUE_KINDS
    )
    clients = list(holders.items())
    return VHostTopology(
        name=name,
        exchanges=(
            ExchangeDefinition(HUB_EXCHANGE, "topic"),
            ExchangeDefinition(DISTRIBUTION, "direct"),
            ExchangeDefinition(DEAD_LETTER_EXCHANGE, "fanout"),
        ),
        queues=(
            *(QueueDefinition(name, None, _CLASSIC) for name in (DISPATCH, DEAD_LETTERS)),
            *client_queues,
        ),
        bindings=(
            BindingDefinition(HUB_EXCHANGE, DISPATCH, "#"),
            BindingDefinition(DEAD_LETTER_EXCHANGE, DEAD_LETTERS, ""),
            *(BindingDefinition(DISTRIBUTION, queue.name, queue.name) for queue in client_queues),
        ),
        policies=_policies(ttl),
        permissions=(
            Permission(DISPATCHER, _NOTHING, f"^{DISTRIBUTION}$", r"^dispatch(?:\.dlq)?$"),
            *(_permission(user, client) for user, client in clients),
        ),
        topic_permissions=tuple(_topic_permission(user, client) for user, client in clients),
    )


def _policies(ttl: int) -> tuple[Policy, ...]:
    definition: dict[str, str | int] = {
        "message-ttl": ttl * 1000,
        "dead-letter-exchange": DEAD_LETTER_EXCHANGE,
    }
    return (
        Policy("client-queues", r"^.*\.(?:ack|message)$", definition),
        Policy("info-queues", r"^.*\.info$", definition),
    )


def _permission(user: str, client: Client) -> Permission:
    readable = _any_of((*client.own_ids, *client.reads_as))
    return Permission(user, _NOTHING, f"^{HUB_EXCHANGE}$", rf"^{readable}\..*")


def _topic_permission(user: str, client: Client) -> TopicPermission:
    writable = _any_of((*client.own_ids, *client.writes_as))
    return TopicPermission(user, HUB_EXCHANGE, f"^{writable}$", _NOTHING)


def _any_of(names: Iterable[str]) -> str:
    escaped = [re.escape(name).replace(r"\-", "-") for name in names]
    return escaped[0] if len(escaped) == 1 else f"(?:{'|'.join(escaped)})"
