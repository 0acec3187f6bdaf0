"""`/api/v1/openapi.json`: the description of this API, made from its route table."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, document
from hubemu.control.schemas import SCHEMAS

__all__ = ["OPENAPI", "openapi"]

OPENAPI = Operation(
    summary="This description, in OpenAPI 3.1",
    answers={200: Answer("The OpenAPI document", {"type": "object", "required": ["openapi"]})},
)


async def openapi(request: Request, context: Context) -> Response:
    """The OpenAPI document."""
    rows = ((one.method, one.path, one.operation) for one in context.endpoints)
    # Imported here: its models take their time, which the start of a Hub does not have.
    from hubemu.faults.schema import rule_schema

    return json_response(document(rows, {**SCHEMAS, "FaultRule": rule_schema()}))
