"""A RabbitMQ node, wherever it comes from, as the engine sees it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Protocol

from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.errors import StartError
from hubemu.settings import Phase

__all__ = ["Node", "check_free", "free_port", "reachable", "wait_until_up"]

_PATIENCE = 120.0
"""Seconds a node may take to boot and import the topology on a slow machine."""
_POLL = 0.1


class Node(Protocol):
    """A node that carries the topology; `start` it once, `stop` it always."""

    kind: str
    """Where it comes from: `native`, `docker` or `existing`."""

    @property
    def addresses(self) -> Sequence[tuple[str, int]]:
        """Host and port of each of its listeners, as reached from here; one for a single node."""

    @property
    def management(self) -> Management | None:
        """Its management API; `None` where it is not known."""

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """Have it listen for clients, the topology applied; the AMQPS port.

        Raises:
            StartError: it cannot, with the reason and the mend.
        """

    async def stop(self) -> None:
        """Leave nothing behind. Safe to call twice."""

    async def show_phase(self, phase: Phase) -> None:
        """Have new connections meet a phase when this returns.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
        """

    def fault(self) -> str | None:
        """Why it cannot carry messages any more, `None` while it can."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now."""
    with socket.create_server((host, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def check_free(host: str, port: int) -> None:
    """See that a port can be listened on, before a broker takes seconds to find out.

    Raises:
        StartError: it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise StartError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another --port "
            "(0 takes a free one)"
        ) from None


def reachable(host: str) -> str:
    """An address to reach a listener on `host` at."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here


async def wait_until_up(node: Node, vhosts: list[str]) -> None:
    """Wait until a node has every vHost and listens.

    Listening is not enough: RabbitMQ 3.10 boots without a word when it drops its definitions.

    Raises:
        StartError: it died, or was not ready in time.
    """
    missing = "no answer of its management API"
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                if (fault := node.fault()) is not None:
                    raise StartError(fault)
                # In this order: it listens last, and would log each login refused before.
                missing = await _listens(*node.addresses[0]) or await _missing(node, vhosts)
                if not missing:
                    return
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise StartError(f"RabbitMQ was not ready in {_PATIENCE:.0f} s: {missing}") from None


async def _missing(node: Node, vhosts: list[str]) -> str:
    if node.management is None:
        return ""
    try:
        found = await node.management.vhosts()
    except ManagementError as error:
        return str(error)
    absent = sorted(set(vhosts) - set(found))
    return f"vHost {absent[0]} is not there" if absent else ""


async def _listens(host: str, port: int) -> str:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return f"{host}:{port}: {error.strerror}"
    writer.close()
    return ""
