"""JSON answers, and the tags by which a caller knows one again (RFC 9110, 8.8.3 and 13.1)."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.problems import Problem

__all__ = ["json_response", "require_match", "tagged_response"]


def json_response(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """`content` as an answer in JSON."""
    return Response(orjson.dumps(content), status.value, media_type="application/json")


def tagged_response(request: Request, content: object) -> Response:
    """`content` with its tag; 304 without it where the caller has just that."""
    body = orjson.dumps(content)
    headers = {"ETag": _tag(body)}
    if _names(request, "if-none-match", headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def require_match(request: Request, content: object) -> None:
    """See that a change is of what the caller has read, where it says by If-Match what that was.

    Raises:
        Problem: 412, it is another meanwhile.
    """
    if "if-match" in request.headers and not _names(
        request, "if-match", _tag(orjson.dumps(content))
    ):
        raise Problem(
            HTTPStatus.PRECONDITION_FAILED,
            "It was changed since you read it (If-Match): read it again, then change that.",
        )


def _tag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _names(request: Request, header: str, tag: str) -> bool:
    given = request.headers.get(header, "").split(",")
    return not {"*", tag}.isdisjoint(one.strip().removeprefix("W/") for one in given)
