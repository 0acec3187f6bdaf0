"""What the engine does over RabbitMQ's management API, in words for people where it cannot."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeVar

from hubemu.engines.rabbitmq.broker_contents import Present
from hubemu.engines.rabbitmq.definitions import definitions
from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.engines.rabbitmq.version import check_version
from hubemu.errors import CheckFailed, StartError
from hubemu.topology import DEAD_LETTERS, DISPATCH, Topology

__all__ = ["add_users", "disconnect_clients", "empty", "managed", "version_of"]

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


async def add_users(management: Management, added: Topology) -> None:
    """Make users with their rights.

    Raises:
        StartError: the node does not take them.
    """
    try:
        await management.apply(definitions(added))
    except ManagementError as error:
        raise StartError(f"RabbitMQ does not take the new user: {error}") from None
