"""The sockets a broker listens on."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hubemu.errors import StartError

__all__ = ["Listeners"]

_LOOPBACK = ("127.0.0.1", "::1")
_MISSING = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""How a machine without IPv6 answers who wants to listen there."""


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
            for other in others:
                with _unless_missing():
                    await self._listen(other, bound)
        except OSError as error:
            await self.close()
            # The event loop repeats the address before the reason.
            reason = str(error.strerror).rsplit(": ", 1)[-1]
            raise StartError(
                f"cannot listen on {host}:{port}: {reason}; choose another --port "
                "(0 takes a free one)"
            ) from error
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


@contextmanager
def _unless_missing() -> Iterator[None]:
    """Do it if the machine has such addresses at all."""
    try:
        yield
    except OSError as error:
        if error.errno not in _MISSING:
            raise
