"""The HTTP server of a Hub that is loaded: uvicorn inside the Hub's own event loop.

uvicorn keeps its hands off what belongs to the process: no signal handlers, no logging set-up, no
loop of its own, no `sys.exit` on a busy port.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn

from hubemu.control.app import build_app
from hubemu.control.context import Context
from hubemu.control.guard import HostNames
from hubemu.control.http_protocol import HttpProtocol
from hubemu.control.routes import ENDPOINTS

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["HttpServer"]

_PATIENCE = 0.5
"""Seconds that requests under way have to end when the server stops."""
_KEEP_ALIVE = 75
"""Seconds an idle connection is kept: longer than test suites pause between two calls."""


class HttpServer:
    """Answers over HTTP for `hub`, whose control API listens on `host`."""

    def __init__(self, hub: Hub, host: str) -> None:
        self._closing = asyncio.Event()
        self._context = Context(hub, self._closing, ENDPOINTS)
        names = HostNames(host, hub.settings.sans)
        self._server = _Server(_configure(build_app(self._context, names, hub.settings.http_token)))
        self._server.config.load()

    async def serve(self, listener: socket.socket) -> None:
        """Answer who connects, until `stop`."""
        await self._server.serve([listener])

    async def stop(self, serving: asyncio.Task[None]) -> None:
        """End streams and waiting requests, and cut whoever does not leave; `serving` serves."""
        await self._context.runs.close()  # they clean up over this very server
        self._closing.set()
        await self._context.inboxes.close_all()
        self._server.should_exit = True
        done, _ = await asyncio.wait({serving}, timeout=_PATIENCE)
        if not done:
            self._server.cut()
        await serving


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
