"""JSON bodies of requests: read within bounds, checked strictly, faults named by JSON pointer."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from hubemu.control.problems import Problem
from hubemu.validation_words import what_is_wrong

__all__ = ["MAX_BODY", "RequestBody", "pointer", "read_body", "read_json", "read_octets"]

MAX_BODY = 16 * 1024 * 1024
"""Bytes of the largest body that is read."""


class RequestBody(BaseModel):
    """Base of the bodies the API takes: exact types, no unknown key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


BodyT = TypeVar("BodyT", bound=RequestBody)


async def read_body(request: Request, model: type[BodyT]) -> BodyT:
    """The body of a request as `model`, whatever type it was declared with: curl's default will do.

    Raises:
        Problem: 413 too large, 400 not JSON, 422 not what `model` says.
    """
    data = await read_json(request)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _unprocessable(error, model) from None


async def read_json(request: Request) -> Any:
    """The body of a request, decoded.

    Raises:
        Problem: 413 too large, 400 not JSON.
    """
    content = await read_octets(request)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Problem(HTTPStatus.BAD_REQUEST, f"Not valid JSON: {place}: {error.msg}.") from None


async def read_octets(request: Request) -> bytes:
    """The body of a request as it came (Problem: 413, it is too large)."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise _too_large()  # before asking for it: a client that waits to be asked is spared
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY:
            raise _too_large()
    return bytes(content)


def _too_large() -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than the {MAX_BODY} bytes accepted here: "
        "publish larger messages over AMQPS.",
    )


def _unprocessable(error: ValidationError, model: type[RequestBody]) -> Problem:
    faults = error.errors(include_url=False)
    errors = [
        {"pointer": pointer(fault["loc"]), "detail": what_is_wrong(fault, model, json=True)}
        for fault in faults
    ]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    detail = f"{first['pointer']}: {first['detail']}{more}"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


def pointer(loc: Sequence[int | str]) -> str:
    """A place in a body, as JSON pointer."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in loc)
    return "#" + "".join(f"/{part}" for part in escaped)
