"""The control API of a Hub, from its port to its end.

It listens before the Hub is announced, and whoever connects is answered; but what answers, the half
of all modules, is loaded a moment later, or at once when somebody connects: clients of AMQP need
none of it, and a Hub is ready so much sooner.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from hubemu.errors import StartError

if TYPE_CHECKING:
    from hubemu.control.http_server import HttpServer
    from hubemu.hub import Hub

__all__ = ["LOADED_LATER", "ControlServer"]

LOADED_LATER = (
    "aiormq",
    "pydantic",
    "starlette.applications",
    "uvicorn",
    "h11",
    "hubemu.control.context",
    "hubemu.control.app",
    "hubemu.control.routes",
    "hubemu.control.http_server",
)
"""What answers, in portions: the Hub may stop between two of them."""
_SOON = 0.05
"""Seconds until it is loaded though nobody asked."""


class ControlServer:
    """Serves the control API of `hub` over HTTP.

    Args:
        hub: the Hub to show and drive.
        host: address to listen on; whoever calls must bear the token of the Hub's settings.
        port: TCP port, 0 for any free one.
        loaded: called when all that answers is loaded, or will not be.
    """

    def __init__(
        self, hub: Hub, host: str, port: int, loaded: Callable[[], None] = lambda: None
    ) -> None:
        self._hub = hub
        self._loaded = loaded
        self._host = host
        self._port = port
        self._listener: socket.socket | None = None
        self._server: HttpServer | None = None
        self._serving: asyncio.Task[None] | None = None

    def bind(self, preferred: int = 0) -> int:
        """Take the port, without listening yet, and give it: of any free one, `preferred` first.

        Raises:
            StartError: the port is taken, or the address is not of this machine.
        """
        if self._listener is None:
            self._listener = _bind_preferred(self._host, self._port, preferred)
        port: int = self._listener.getsockname()[1]
        return port

    async def start(self) -> int:
        """Listen, and give the port bound; who connects from now on is answered.

        Raises:
            StartError: the port is taken, or the address is not of this machine.
        """
        port = self.bind()
        listener = self._listener
        assert listener is not None  # noqa: S101 - bound above
        _listen(listener, self._host, self._port)
        self._serving = self._hub.supervision.once("serving HTTP", partial(self._serve, listener))
        return port

    async def stop(self) -> None:
        """Stop listening, end streams and waiting requests, and cut whoever does not leave."""
        serving, self._serving = self._serving, None
        if serving is not None and self._server is not None:
            await self._server.stop(serving)
        elif serving is not None:
            serving.cancel()
            await asyncio.wait({serving})
        if self._listener is not None:
            self._listener.close()
        self._listener = self._server = None

    async def _serve(self, listener: socket.socket) -> None:
        try:
            await _until_wanted(listener)
            for name in LOADED_LATER:
                await asyncio.to_thread(import_module, name)  # clients are served meanwhile
            from hubemu.control.http_server import HttpServer

            self._server = HttpServer(self._hub, self._host)
        finally:
            self._loaded()
        await self._server.serve(listener)


async def _until_wanted(listener: socket.socket) -> None:
    """Return when somebody connects, or after a moment."""
    loop = asyncio.get_running_loop()
    wanted = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows cannot tell
        loop.add_reader(listener, wanted.set)
    with contextlib.suppress(TimeoutError):
        try:
            await asyncio.wait_for(wanted.wait(), _SOON)
        finally:
            with contextlib.suppress(NotImplementedError):
                loop.remove_reader(listener)


def _bind_preferred(host: str, port: int, preferred: int) -> socket.socket:
    """A socket bound to `port`; where that is any, to the one preferred if it is free.

    Of several Hubs that want any at once each has its own: none of them listens yet, and a port
    that may be used again would be given to two.
    """
    if port:
        return _bind(host, port, again=True)
    if preferred:
        with contextlib.suppress(StartError):
            return _bind(host, preferred, again=False)
    return _bind(host, 0, again=False)


def _listen(listener: socket.socket, host: str, port: int) -> None:
    try:
        if os.name != "nt":  # its connections inherit it: the next Hub may have the port at once
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise StartError(_why_not(host, port, error)) from None
    listener.setblocking(False)


def _bind(host: str, port: int, *, again: bool) -> socket.socket:
    """A bound socket; `again`: also where connections of a Hub that ended still linger."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise StartError(f"--http-host {host}: no such address ({error.strerror})") from None
    listener = socket.socket(family, kind, protocol)
    try:
        if again and os.name != "nt":  # on Windows the option would let two Hubs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise StartError(_why_not(host, port, error)) from None
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"HTTP port {port} of {host} is taken by another program: "
            "stop it, or use another --http-port (0 = any free one)"
        )
    if error.errno == errno.EACCES:
        return f"HTTP port {port} of {host} is not allowed to this user: use --http-port 8671"
    return f"HTTP port {port} of {host} cannot be opened: {error.strerror}; see --http-host"
