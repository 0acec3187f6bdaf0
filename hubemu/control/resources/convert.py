"""`POST /convert`: the conversion service's own contract, so that a Hub can stand in for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.body import read_octets
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Schema, reference
from hubemu.conversion import ConversionRefused
from hubemu.messages import MessageError, dump_json, parse_json
from hubemu.messages.text.json_text import NotJson

__all__ = ["CONVERT", "convert"]

_JSON = "application/json"
_NOT_JSON = (
    b"<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n"
    b"<p>The browser (or proxy) sent a request that this server could not understand.</p>\n"
)
"""What the service's framework answers to a body that is not JSON."""

_REQUEST: Schema = {
    "type": "object",
    "required": ["edxl", "sourceVersion", "targetVersion"],
    "properties": {
        "edxl": {"type": "object", "description": "The message in JSON form, with its envelope"},
        "sourceVersion": {"type": "string", "enum": ["v1", "v2", "v3", "vactive"]},
        "targetVersion": {"type": "string", "enum": ["v1", "v2", "v3", "vactive"]},
        "cisuConversion": {
            "type": "boolean",
            "description": "To or from CISU, by the sender (forms of 1.0 to 2.8)",
        },
        "type": {
            "type": "string",
            "enum": ["CISUTranscoding", "HealthVersionConversion", "CISUVersionConversion"],
            "description": "Instead of cisuConversion (newest form; `vactive` is v3)",
        },
    },
    "not": {"required": ["type", "cisuConversion"]},
}

CONVERT = Operation(
    summary="A message to or from CISU, or in another version: the contract of the conversion "
    "service. Answered with converted_messages, in the older forms with edxl too where it is one",
    body=_REQUEST,
    answers={
        200: Answer("The messages: none, one or several", reference("Converted")),
        400: Answer(
            "Refused, in the service's words; in its framework's what is no JSON",
            reference("ConversionError"),
            others={"text/html": {"type": "string"}},
        ),
    },
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)


async def convert(request: Request, context: Context) -> Response:
    """The answer of the service."""
    declared = request.headers.get("content-type", "").partition(";")[0]
    if declared.strip().lower() != _JSON:
        return _refusal("Content-Type must be application/json")
    content = await read_octets(request)
    try:
        orjson.loads(content)  # strict; how numbers were written is what the other one keeps
        asked: Any = parse_json(content)
    except (orjson.JSONDecodeError, NotJson):
        return Response(_NOT_JSON, HTTPStatus.BAD_REQUEST.value, media_type="text/html")
    try:
        answer = context.hub.conversions.answer(asked if isinstance(asked, dict) else {})
        return Response(dump_json(answer), media_type=_JSON)
    except ConversionRefused as refused:
        return _refusal(str(refused))
    except MessageError as error:
        return _refusal(error.cause)


def _refusal(text: str) -> Response:
    body = orjson.dumps({"error": text})
    return Response(body, HTTPStatus.BAD_REQUEST.value, media_type=_JSON)
