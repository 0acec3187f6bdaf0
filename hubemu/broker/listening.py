"""The sockets a broker listens on."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable

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

    def __bool__(self) -> bool:
        return bool(self._servers)

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

    def refuse(self) -> None:
        """Accept no more connections; those that are open stay."""
        for server in self._servers:
            server.close()

    async def close(self) -> None:
        """Let go of the sockets; returns when the connections are gone. Idempotent."""
        self.refuse()
        servers, self._servers = self._servers, []
        for server in servers:
            await server.wait_closed()

    async def _listen(self, host: str, port: int) -> int:
        server = await asyncio.get_running_loop().create_server(self._accept, host, port)
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
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
