"""Refusals as RFC 9457 problem JSON: the only place that turns an error into an HTTP answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hubemu.errors import HubemuError, InputError, StartError

__all__ = ["PROBLEM_JSON", "Problem", "answer_error", "problem_bytes", "problem_response"]

PROBLEM_JSON = "application/problem+json"

_logger = logging.getLogger("hubemu.control")

_STATUS_OF: Mapping[type[Exception], HTTPStatus] = {
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    StartError: HTTPStatus.SERVICE_UNAVAILABLE,
    HubemuError: HTTPStatus.CONFLICT,
    ClientDisconnect: HTTPStatus.BAD_REQUEST,  # told to nobody: the client has gone
}
"""The first family that fits decides."""


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
        document["instance"] = quote(instance)
    if problem.errors:
        document["errors"] = [dict(error) for error in problem.errors]
    return orjson.dumps(document)


def problem_response(problem: Problem, instance: str) -> Response:
    """The HTTP answer for a problem."""
    body = problem_bytes(problem, instance)
    return Response(body, problem.status.value, problem.headers, PROBLEM_JSON)


async def answer_error(request: Request, error: Exception) -> Response:
    """The HTTP answer for whatever went wrong with a request."""
    return problem_response(_problem_of(request, error), request.url.path)


def _problem_of(request: Request, error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _of_router(request, error)
    for family, status in _STATUS_OF.items():
        if isinstance(error, family):
            return Problem(status, str(error))
    return _of_bug(request, error)


def _of_router(request: Request, error: HTTPException) -> Problem:
    path, status = request.url.path, HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        detail = f"Nothing is served at {path}: GET /api/v1/openapi.json lists what there is."
        return Problem(status, detail)
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        allow = ", ".join(sorted((error.headers or {})["Allow"].split(", ")))
        detail = f"{request.method} is not possible on {path}: use {allow}."
        return Problem(status, detail, headers={"Allow": allow})
    return Problem(status, error.detail, headers=error.headers)


def _of_bug(request: Request, error: Exception) -> Problem:
    _logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = (
        f"The Hub failed on this request ({type(error).__name__}): it is a fault of hubemu. "
        "Its log says more; please report it with the request."
    )
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
