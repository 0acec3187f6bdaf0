"""The Starlette application over a table of endpoints."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubemu.control.context import ApiMethod, Context
from hubemu.control.guard import Door, HostNames, refuse_foreign_page
from hubemu.control.problems import answer_error

__all__ = ["build_app"]


def build_app(context: Context, hosts: HostNames, token: str | None = None) -> Starlette:
    """The endpoints of `context`, for requests that name one of `hosts` and bear `token`."""
    by_path: dict[str, dict[str, ApiMethod]] = {}
    for endpoint in context.endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    app = Starlette(
        routes=[_route(path, methods, context) for path, methods in by_path.items()],
        middleware=[Middleware(Door, hosts=hosts, token=token)],
        exception_handlers={HTTPException: answer_error, Exception: answer_error},
    )
    app.router.redirect_slashes = False  # another path is another path: 404 says what exists
    return app


def _route(path: str, methods: Mapping[str, ApiMethod], context: Context) -> Route:
    """One route for all methods of a path, so that a refused method is told them all."""

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            endpoint = methods[method]
            if endpoint.acts:
                refuse_foreign_page(request.headers)
            return await endpoint.handler(request, context)
        except Exception as error:
            return await answer_error(request, error)

    return Route(path, answer, methods=list(methods), name=path)
