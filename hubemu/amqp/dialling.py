"""A TCP connection in little time: of a node that is gone nothing is heard at all."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

__all__ = ["CONNECT_SECONDS", "dial"]

CONNECT_SECONDS = 3.0
"""For the name and for TCP, which answer at once where there is anything; TLS may take longer."""


async def dial(host: str, port: int) -> socket.socket:
    """A connected socket: the first address of the host that takes the connection.

    Raises:
        TimeoutError: nothing was heard.
        OSError: the host is not known, or nothing listens there.
    """
    trouble = OSError(f"{host} has no address")
    async with asyncio.timeout(CONNECT_SECONDS):
        for family, kind, number, _, where in await _addresses(host, port):
            try:
                return await _connected(socket.socket(family, kind, number), where)
            except OSError as error:
                trouble = error
    raise trouble


async def _addresses(host: str, port: int) -> list[Any]:
    found = asyncio.ensure_future(
        asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    # Who does not wait for it any more need not have its failure in the log; uvloop writes it.
    found.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(found)


async def _connected(end: socket.socket, where: Any) -> socket.socket:
    end.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(end, where)
    except BaseException:
        end.close()
        raise
    return end
