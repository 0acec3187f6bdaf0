"""A RabbitMQ node, wherever it comes from, as the engine sees it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Final, Protocol

from hubemu.address import authority
from hubemu.engines.rabbitmq.erlang import ErlangShell
from hubemu.engines.rabbitmq.fault import absent_vhost, unreachable
from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.errors import StartError
from hubemu.pki import Pki
from hubemu.settings import Phase

__all__ = ["Node", "check_free", "free_port", "reachable", "wait_until_up"]

_PATIENCE = 120.0
"""Seconds a node may take to boot and import the topology on a slow machine."""
_POLL = 0.1
_DROPPED_AFTER = 20.0
"""Seconds a node that listens and answers may go without its vHosts. RabbitMQ imports them before
it listens, but the port of a container is open sooner."""
_NOT_GIVEN: Final = range(20_000, 32_768)
"""Ports that Linux gives to nobody who does not ask for them by number."""
_TRIES: Final = 20


class Node(Protocol):
    """A node that carries the topology; `start` it once, `stop` it always."""

    kind: str
    """Where it comes from: `native`, `docker` or `existing`."""
    proxied: bool
    """Whether it expects a relay before its listener (the PROXY protocol)."""

    @property
    def addresses(self) -> Sequence[tuple[str, int]]:
        """Host and port of each of its listeners, as reached from here; one for a single node."""

    @property
    def management(self) -> Management | None:
        """Its management API; `None` where it is not known."""

    @property
    def shell(self) -> ErlangShell | None:
        """Evaluates Erlang on it; `None` where it is not ours."""

    @property
    def log_files(self) -> Sequence[Path]:
        """The file its log goes to, where it is ours to read; of a cluster, one a node."""

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """Have it listen for clients, the topology applied; the AMQPS port.

        Raises:
            StartError: it cannot, with the reason and the mend.
        """

    async def stop(self) -> None:
        """Leave nothing behind. Safe to call twice."""

    def use_certificates(self, pki: Pki) -> None:
        """Have the certificates of another folder from the next `show_phase` on."""

    async def show_phase(self, phase: Phase) -> None:
        """Have new connections meet a phase when this returns.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
        """

    async def show_certificate(self, chain: bytes, key: bytes) -> None:
        """Have new connections meet another certificate, until `show_phase`.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
        """

    def fault(self) -> str | None:
        """Why it cannot carry messages any more, `None` while it can."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now, and stays so more likely than one that the system would give.

    A broker listens on it seconds later: until then the system may give what is in its own range
    to any connection or listener.

    Raises:
        StartError: nothing can listen on that host.
    """
    draw = SystemRandom()
    for _ in range(_TRIES):
        port = draw.choice(_NOT_GIVEN)
        with contextlib.suppress(StartError):
            check_free(host, port)
            return port
    with _listener(host, 0) as probe:
        given: int = probe.getsockname()[1]
        return given


def check_free(host: str, port: int) -> None:
    """See that a port can be listened on, before a broker takes seconds to find out.

    Raises:
        StartError: it cannot.
    """
    _listener(host, port).close()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        of_port = port and error.errno in (errno.EADDRINUSE, errno.EACCES)
        mend = "choose another --port (0 takes a free one)" if of_port else "choose another --host"
        reason = error.strerror.partition(" (while")[0] if error.strerror else str(error)
        where = authority(host, port) if port else host
        raise StartError(f"cannot listen on {where}: {reason}; {mend}") from None


def reachable(host: str) -> str:
    """An address to reach a listener on `host` at."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here


async def wait_until_up(node: Node, vhosts: list[str]) -> None:
    """Wait until a node has every vHost and listens.

    Listening is not enough: RabbitMQ 3.10 boots without a word when it drops its definitions.

    Raises:
        StartError: it died, dropped its definitions, or was not ready in time.
    """
    lack = _Lack("no answer yet", answered=False)
    answered_since: float | None = None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                if (fault := node.fault()) is not None:
                    raise StartError(fault)
                # In this order: it listens last, and would log each login refused before.
                found = await _not_listening(node) or await _missing(node, vhosts)
                if found is None:
                    return
                lack = found
                answered_since = (answered_since or loop.time()) if lack.answered else None
                if answered_since and loop.time() - answered_since > _DROPPED_AFTER:
                    raise StartError(_dropped(lack.problem))
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise StartError(f"RabbitMQ was not ready in {_PATIENCE:.0f} s: {lack.problem}") from None


@dataclass(frozen=True, slots=True)
class _Lack:
    """What a node is not yet, and whether it is up to say so itself."""

    problem: str
    answered: bool


def _dropped(missing: str) -> str:
    return (
        f"RabbitMQ listens but is not what it was started with: {missing}; 3.10 drops a faulty "
        "definitions file without a word"
    )


async def _not_listening(node: Node) -> _Lack | None:
    problem = await unreachable(*node.addresses[0])
    return _Lack(problem, answered=False) if problem else None


async def _missing(node: Node, vhosts: list[str]) -> _Lack | None:
    try:
        absent = await absent_vhost(node, vhosts)
    except ManagementError as error:
        return _Lack(str(error), error.answered)
    return _Lack(absent, answered=True) if absent else None
