"""`POST /api/v1/messages`: publish as a client, without its certificate."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import orjson
from pydantic import BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from hubemu.broker.wire.properties import encode_properties
from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.known_names import Publisher, VHostName, publishers, require_known
from hubemu.control.operations import Answer, Operation, reference
from hubemu.control.problems import Problem
from hubemu.control.properties import MessageProperties, ShortString
from hubemu.engines import PublishRefused
from hubemu.properties import Properties

__all__ = ["PUBLISH", "publish"]

_JSON = "application/json"
_MAX_PROPERTIES = 131_072 - 20
"""Bytes: the frame size that RabbitMQ offers, without the frame's and the content header's own."""


def _text_or_object(value: object) -> object:
    if not isinstance(value, str | dict):
        raise ValueError("a text, published as it is, or a JSON object, published as JSON")
    return value


class NewMessage(RequestBody):
    """A message to publish: `as` is the client id (the routing key), `body` a text or an object.

    Without `contentType` it is that of the properties, else `application/json`; null sends none.
    """

    as_id: Annotated[Publisher, Field(alias="as")]
    vhost: VHostName
    content_type: Annotated[ShortString | None, Field(alias="contentType")] = _JSON
    body: Annotated[str | dict[str, Any], BeforeValidator(_text_or_object)]
    properties: Annotated[MessageProperties, Field(default_factory=MessageProperties)]


PUBLISH = Operation(
    summary="Publish a message as a client, persistent unless told otherwise",
    body=NewMessage,
    answers={202: Answer("Accepted; its fate is at /api/v1/messages/{id}", reference("Accepted"))},
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)


async def publish(request: Request, context: Context) -> Response:
    """202 with the id under which the journal keeps the message once it is judged."""
    message = await read_body(request, NewMessage)
    tables = context.hub.tables
    require_known("#/as", message.as_id, publishers(tables), "client id")
    require_known("#/vhost", message.vhost, tables.vhosts, "vHost")
    content_type = _content_type(message)
    values = message.properties.model_dump(exclude={"content_type"})
    properties = Properties(**values, content_type=content_type)
    body = _octets(message)
    _fit_a_frame(properties)
    try:
        identifier = await context.hub.publish_as(
            message.as_id, message.vhost, body, _traced(properties, request, context)
        )
    except PublishRefused as refusal:
        raise Problem(HTTPStatus.BAD_REQUEST, f"the broker refuses it: {refusal}") from None
    response = json_response({"id": identifier}, HTTPStatus.ACCEPTED)
    response.headers["Location"] = f"/api/v1/messages/{identifier}"
    return response


def _traced(properties: Properties, request: Request, context: Context) -> Properties:
    """The properties, carrying on the trace of the request if there are traces."""
    tracing = context.hub.tracing
    if tracing is None:
        return properties
    carried = tracing.carried(properties.headers or {}, request.headers)
    return msgspec.structs.replace(properties, headers=carried or None)


def _fit_a_frame(properties: Properties) -> None:
    size = len(encode_properties(properties))
    if size > _MAX_PROPERTIES:
        detail = f"#/properties: {size} bytes as AMQP; a frame holds {_MAX_PROPERTIES}"
        raise Problem(HTTPStatus.BAD_REQUEST, detail)


def _content_type(message: NewMessage) -> str | None:
    inner = message.properties.content_type
    if inner is None:
        return message.content_type
    if "content_type" in message.model_fields_set and message.content_type != inner:
        raise Problem(
            HTTPStatus.CONFLICT,
            "#/contentType: it differs from properties.content_type: keep one of them",
        )
    return inner


def _octets(message: NewMessage) -> bytes:
    if isinstance(message.body, str):
        return message.body.encode()
    try:
        return orjson.dumps(message.body)
    except orjson.JSONEncodeError as error:
        detail = f"#/body: cannot be written as JSON ({error}): give it as a text"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
