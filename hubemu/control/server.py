"""The HTTP server of a Hub: uvicorn inside the Hub's own event loop.

uvicorn keeps its hands off what belongs to the process: no signal handlers, no logging set-up, no
loop of its own, no `sys.exit` on a busy port.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from hubemu.control.app import build_app
from hubemu.control.context import Context
from hubemu.control.guard import HostNames
from hubemu.control.http_protocol import HttpProtocol
from hubemu.control.routes import ENDPOINTS
from hubemu.errors import StartError

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["ControlServer"]

_PATIENCE = 0.5
"""Seconds that requests under way have to end when the server stops."""
_KEEP_ALIVE = 75
"""Seconds an idle connection is kept: longer than test suites pause between two calls."""


class ControlServer:
    """Serves the control API of `hub` over HTTP.

    Args:
        hub: the Hub to show and drive.
        host: address to listen on; whoever calls must bear the token of the Hub's settings.
        port: TCP port, 0 for any free one.
    """

    def __init__(self, hub: Hub, host: str, port: int) -> None:
        self._hub = hub
        self._host = host
        self._port = port
        self._closing = asyncio.Event()
        self._listener: socket.socket | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._context = Context(hub, self._closing, ENDPOINTS)

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
        """Listen, and give the port bound.

        Raises:
            StartError: the port is taken, or the address is not of this machine.
        """
        self.bind()
        listener, self._listener = self._listener, None
        assert listener is not None  # noqa: S101 - bound above
        _listen(listener, self._host, self._port)
        names = HostNames(self._host, self._hub.settings.sans)
        app = build_app(self._context, names, self._hub.settings.http_token)
        self._server = _Server(_configure(app))
        self._server.config.load()
        serve = partial(self._server.serve, [listener])
        self._serving = self._hub.supervision.once("serving HTTP", serve)
        port: int = listener.getsockname()[1]
        return port

    async def stop(self) -> None:
        """Stop listening, end streams and waiting requests, and cut whoever does not leave."""
        if self._listener is not None:
            self._listener.close()
        if self._server is None or self._serving is None:
            return
        await self._context.runs.close()  # they clean up over this very server
        self._closing.set()
        await self._context.inboxes.close_all()
        self._server.should_exit = True
        done, _ = await asyncio.wait({self._serving}, timeout=_PATIENCE)
        if not done:
            self._server.cut()
        await self._serving
        self._server = self._serving = None


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def cut(self) -> None:
        """Drop every connection that is left, at once: its request then finds nobody to answer."""
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()


def _configure(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn and Starlette spell the same ASGI type their own way
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )


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
