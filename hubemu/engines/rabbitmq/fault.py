"""Why a broker cannot carry the Hub now: asked of the broker itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from hubemu.address import authority
from hubemu.amqp.dialling import dial
from hubemu.engines.rabbitmq.management import Management, ManagementError

__all__ = ["Reachable", "absent_vhost", "broker_fault", "unreachable"]


class Reachable(Protocol):
    """What of a node is asked here."""

    @property
    def addresses(self) -> Sequence[tuple[str, int]]:
        """Host and port of each of its listeners."""

    @property
    def management(self) -> Management | None:
        """Its management API; `None` where it is not known."""


async def broker_fault(node: Reachable, vhosts: Iterable[str]) -> str | None:
    """Why clients cannot use the broker; `None` if they can, as far as it can be asked.

    One node of a cluster that listens will do. That TLS works behind the port, and that the vHosts
    are there where no management API is known, the dispatcher's own links tell.
    """
    problem = await _all_unreachable(node.addresses)
    if problem is not None:
        return problem
    try:
        return await absent_vhost(node, vhosts)
    except ManagementError as error:
        return str(error)


async def absent_vhost(node: Reachable, vhosts: Iterable[str]) -> str | None:
    """Which vHost is not there, in words.

    Raises:
        ManagementError: the management API does not tell.
    """
    if node.management is None:
        return None
    absent = sorted(set(vhosts) - set(await node.management.vhosts()))
    return f"vHost {absent[0]} is not there" if absent else None


async def _all_unreachable(addresses: Sequence[tuple[str, int]]) -> str | None:
    """Why nothing listens at the first of some addresses; `None` as soon as any answers.

    They are asked at once: to find that a dead node's name is not known can take seconds.
    """
    asked = [asyncio.ensure_future(unreachable(*address)) for address in addresses]
    try:
        for answer in asyncio.as_completed(asked):
            if await answer is None:
                return None
        return asked[0].result()
    finally:
        for one in asked:
            one.cancel()


async def unreachable(host: str, port: int) -> str | None:
    """Why nothing listens at an address; `None` if something does."""
    try:
        end = await dial(host, port)
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        return f"nothing listens at {authority(host, port)} ({reason})"
    end.close()
    return None
