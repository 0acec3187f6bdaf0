"""The sockets a broker listens on."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from hubemu.errors import StartError

__all__ = ["Listeners"]

_LOOPBACK = ("127.0.0.1", "::1")


class Listeners:
    """Listening sockets on one port.

    Args:
        accept: makes the protocol of each connection.
    """

    def __init__(self, accept: Callable[[], asyncio.BaseProtocol]) -> None:
        self._accept = accept
        self._servers: list[asyncio.Server] = []
        self._kept: list[socket.socket] = []
        """Sockets that keep the ports while nobody listens."""

    def __bool__(self) -> bool:
        return bool(self._servers or self._kept)

    async def open(self, host: str, port: int) -> int:
        """Listen; the port bound (`port` 0 takes a free one).

        The host `localhost` is both loopback addresses, where the machine has IPv6.

        Raises:
            StartError: the address is taken or not ours; how to mend it is said.
        """
        first, *others = _LOOPBACK if host == "localhost" else (host,)
        try:
            bound = await self._listen(first, port)
            for other in filter(_is_here, others):
                await self._listen(other, bound)
        except OSError as error:
            await self.close()
            # The event loops word it differently, and some repeat the address.
            reason = _reason(error)
            raise StartError(f"cannot listen on {host}:{port}: {reason}; {_mend(error)}") from error
        return bound

    async def refuse(self) -> None:
        """Have the system refuse who connects; connections that are open stay.

        The ports are kept, bound without listening, so that `accept` finds them.

        Raises:
            OSError: somebody else was quicker to take a port.
        """
        places = [(one.family, one.getsockname()) for s in self._servers for one in s.sockets]
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        await asyncio.sleep(0)  # some event loops let go of a port a turn later
        for family, place in places:
            self._kept.append(_bound(family, place))

    async def accept(self) -> None:
        """Listen again after `refuse`. Idempotent."""
        kept, self._kept = self._kept, []
        loop = asyncio.get_running_loop()
        for one in kept:
            self._servers.append(await loop.create_server(self._accept, sock=one))

    async def close(self) -> None:
        """Let go of the sockets. Idempotent."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
            await server.wait_closed()
        kept, self._kept = self._kept, []
        for one in kept:
            one.close()

    async def _listen(self, host: str, port: int) -> int:
        server = await asyncio.get_running_loop().create_server(self._accept, host, port)
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        return bound


def _bound(family: int, place: Any) -> socket.socket:
    """A socket on an address where connections of a listener that is gone may still be open."""
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(place)
    except OSError:
        bound.close()
        raise
    return bound


def _is_here(address: str) -> bool:
    """Whether this machine has an address: some have no IPv6."""
    try:
        family, *_, place = socket.getaddrinfo(address, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind(place)
    except OSError:
        return False
    return True


def _reason(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    return os.strerror(error.errno).lower() if error.errno else str(error)


def _mend(error: OSError) -> str:
    """What is wrong with: the address, unless the port is taken or not allowed."""
    if error.errno in (errno.EADDRINUSE, errno.EACCES):
        return "choose another --port (0 takes a free one)"
    return "choose another --host: a name or an address of this machine, such as 127.0.0.1"
