"""Refusals as RFC 9457 problem JSON: the only place that turns an error into an HTTP answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hubemu.errors import HubemuError, InputError, StartError

__all__ = ["EXCEPTION_HANDLERS", "PROBLEM_JSON", "Problem", "problem_bytes", "problem_response"]

PROBLEM_JSON = "application/problem+json"

_logger = logging.getLogger("hubemu.control")

_COMING = {
    "/api/v1/faults": "Fault rules are not in this version of hubemu yet.",
    "/specs/asyncapi.json": "The AsyncAPI description is not in this version of hubemu yet.",
}


class Problem(Exception):
    """A request that is refused.

    Args:
        status: HTTP status to answer.
        detail: what is wrong and how to mend it, for a person.
        errors: one entry for each fault of a body, `{"pointer", "detail"}`.
        headers: more headers of the answer.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def problem_bytes(problem: Problem, instance: str | None = None) -> bytes:
    """The problem JSON document; `instance` is the path that was asked for."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
    }
    if instance is not None:
        document["instance"] = instance
    if problem.errors:
        document["errors"] = [dict(error) for error in problem.errors]
    return orjson.dumps(document)


def problem_response(problem: Problem, instance: str) -> Response:
    """The HTTP answer for a problem."""
    body = problem_bytes(problem, instance)
    return Response(body, problem.status.value, problem.headers, PROBLEM_JSON)


def _of_problem(request: Request, error: Problem) -> Problem:
    return error


def _of_http(request: Request, error: HTTPException) -> Problem:
    path, status = request.url.path, HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        return Problem(status, _nothing_at(path))
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        methods = (error.headers or {}).get("Allow", "").split(", ")
        allow = ", ".join(sorted(methods))
        detail = f"{request.method} is not possible on {path}: use {allow}."
        return Problem(status, detail, headers={"Allow": allow})
    return Problem(status, error.detail, headers=error.headers)


def _nothing_at(path: str) -> str:
    for prefix, reason in _COMING.items():
        if path == prefix or path.startswith(f"{prefix}/"):
            return f"{reason} GET /api/v1/openapi.json lists what there is."
    return f"Nothing is served at {path}: GET /api/v1/openapi.json lists what there is."


def _of_hubemu(request: Request, error: HubemuError) -> Problem:
    if isinstance(error, InputError):
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    if isinstance(error, StartError):
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    return Problem(HTTPStatus.CONFLICT, str(error))


def _of_bug(request: Request, error: Exception) -> Problem:
    _logger.error("%s %s failed: %r", request.method, request.url.path, error)
    detail = (
        f"The Hub failed on this request ({type(error).__name__}): it is a fault of hubemu. "
        "Its log says more; please report it with the request."
    )
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _answer_with(
    convert: Callable[[Request, Any], Problem],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return problem_response(convert(request, error), request.url.path)

    return handle


async def _gone(request: Request, error: Exception) -> None:
    """The client hung up before its request was complete: there is nobody left to answer."""


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    Problem: _answer_with(_of_problem),
    HTTPException: _answer_with(_of_http),
    HubemuError: _answer_with(_of_hubemu),
    ClientDisconnect: _gone,
    Exception: _answer_with(_of_bug),
}
"""What Starlette calls for each family of errors."""
