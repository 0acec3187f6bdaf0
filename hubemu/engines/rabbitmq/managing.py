"""What the engine does over RabbitMQ's management API, in words for people where it cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, TypeVar

from hubemu.engines.rabbitmq.broker_contents import Present
from hubemu.engines.rabbitmq.definitions import definitions
from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.engines.rabbitmq.version import check_version
from hubemu.errors import CheckFailed, StartError
from hubemu.topology import DEAD_LETTERS, DISPATCH, Topology, replicated
from hubemu.topology_change import TopologyChange

__all__ = ["disconnect_clients", "empty", "make", "managed", "remove", "version_of"]

_ApiT = TypeVar("_ApiT")
_NEW_STEP: Final = "Connections were closed for a new step of the migration"
_NO_MANAGEMENT = (
    "without RabbitMQ's management API: set HUBEMU_RABBITMQ_MANAGEMENT to its URL "
    "(http://user:password@host:15672)"
)


def managed(management: _ApiT | None, cannot: str) -> _ApiT:
    """The management API of a node, or what it tells.

    Raises:
        CheckFailed: it is not known, so `cannot` be done.
    """
    if management is None:
        raise CheckFailed(f"{cannot} {_NO_MANAGEMENT}")
    return management


async def version_of(management: Management) -> str:
    """The version of the node.

    Raises:
        StartError: it does not answer, or is too old.
    """
    try:
        version = await management.version()
    except ManagementError as error:
        raise StartError(f"RabbitMQ does not answer: {error}") from None
    check_version(version, "the broker")
    return version


async def empty(now: Present, topology: Topology, written: Collection[tuple[str, str]]) -> None:
    """Purge the queues that hold something `now`, or may: those that were `written` to lately.

    Raises:
        StartError: the node does not do it.
    """
    try:
        await now.purge(topology.vhosts, (DISPATCH, DEAD_LETTERS), written)
    except (ManagementError, CheckFailed) as error:
        raise StartError(f"RabbitMQ cannot be purged: {error}") from None


async def disconnect_clients(now: Present, clients: list[str]) -> int:
    """Drop the open connections of these users; how many there were.

    Raises:
        StartError: the node does not do it.
    """
    try:
        open_ones = await now.connections(clients)
        await now.close(open_ones, _NEW_STEP)
    except (ManagementError, CheckFailed) as error:
        raise StartError(f"connections cannot be dropped: {error}") from None
    return len(open_ones)


async def make(management: Management, change: TopologyChange, *, cluster: bool) -> None:
    """Make what a change adds; in a `cluster` the dispatcher's queues are on every node.

    Raises:
        StartError: the node does not do it.
    """
    added = replicated(change.added) if cluster else change.added
    new = [name for name, vhost in added.vhosts.items() if vhost.exchanges]
    try:
        await management.apply(definitions(added))
        if cluster:
            await management.start_vhosts(new)
        await management.let_own_user_in(new)
    except ManagementError as error:
        raise StartError(f"RabbitMQ does not take the change: {error}") from None


async def remove(
    management: Management, now: Present, change: TopologyChange, users: Iterable[str]
) -> int:
    """Remove what a change removes; how many connections of `users` that closed.

    RabbitMQ itself closes those of a user, and on a vHost, that goes.

    Raises:
        StartError: the node does not do it.
    """
    try:
        closed = await _those_of(now, change, users)
        await management.remove_users(change.users)
        await management.remove_vhosts(change.vhosts)
        await management.remove_queues(change.queues)
    except (ManagementError, CheckFailed) as error:
        raise StartError(f"RabbitMQ does not take the change: {error}") from None
    return closed


async def _those_of(now: Present, change: TopologyChange, users: Iterable[str]) -> int:
    """How many connections are open of users, or on vHosts, that go."""
    rows = await now.connections(users)
    return sum(row["user"] in change.users or row["vhost"] in change.vhosts for row in rows)
