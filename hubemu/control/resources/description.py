"""`/api/v1/openapi.json`: the description of this API, made from its route table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, document
from hubemu.control.schemas import SCHEMAS

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["OPENAPI", "openapi"]

OPENAPI = Operation(
    summary="This description, in OpenAPI 3.1",
    answers={200: Answer("The OpenAPI document", {"type": "object", "required": ["openapi"]})},
)


async def openapi(request: Request, context: Context) -> Response:
    """The OpenAPI document."""
    rows = [(one.method, one.path, one.operation) for one in context.endpoints]
    return json_response(await asyncio.to_thread(_document, rows, context.hub))


def _document(rows: Sequence[tuple[str, str, Operation]], hub: Hub) -> dict[str, Any]:
    # Imported here: their models take their time, which the start of a Hub does not have.
    from hubemu.control.schemas.names import names_of
    from hubemu.faults.schema import rule_schema

    schemas = {**SCHEMAS, **names_of(hub), "FaultRule": rule_schema()}
    return document(rows, schemas, token=hub.settings.http_token is not None)
