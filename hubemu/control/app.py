"""The Starlette application over a table of endpoints."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubemu.control.context import Context, Handler
from hubemu.control.guard import HostNames, OriginGuard
from hubemu.control.problems import answer_error

__all__ = ["build_app"]


def build_app(context: Context, hosts: HostNames) -> Starlette:
    """The endpoints of `context`, for requests that name one of `hosts`."""
    by_path: dict[str, dict[str, Handler]] = {}
    for endpoint in context.endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint.handler
    app = Starlette(
        routes=[_route(path, handlers, context) for path, handlers in by_path.items()],
        middleware=[Middleware(OriginGuard, hosts=hosts)],
        exception_handlers={HTTPException: answer_error, Exception: answer_error},
    )
    app.router.redirect_slashes = False  # another path is another path: 404 says what exists
    return app


def _route(path: str, handlers: Mapping[str, Handler], context: Context) -> Route:
    """One route for all methods of a path, so that a refused method is told them all."""

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            return await handlers[method](request, context)
        except Exception as error:
            return await answer_error(request, error)

    return Route(path, answer, methods=list(handlers), name=path)
