"""JSON answers."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from starlette.responses import Response

__all__ = ["json_response"]


def json_response(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """`content` as an answer in JSON."""
    return Response(orjson.dumps(content), status.value, media_type="application/json")
