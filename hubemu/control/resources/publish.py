"""`POST /api/v1/messages`: publish as a client, without its certificate."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference
from hubemu.control.problems import Problem
from hubemu.properties import PERSISTENT, Properties
from hubemu.routing import RoutingTables

__all__ = ["PUBLISH", "publish"]

_JSON = "application/json"
_MAX_DEPTH = 16
"""Nesting of a headers table."""
_SHORT = 255
"""Bytes of an AMQP short string."""
_MAX_EXPIRATION = 2**32 - 1
"""Milliseconds; RabbitMQ refuses more."""


def _short_string(text: str) -> str:
    size = len(text.encode())
    if size > _SHORT:
        raise ValueError(f"an AMQP short string has {_SHORT} bytes at most, this one {size}")
    return text


def _milliseconds(text: str) -> str:
    if not text.isascii() or not text.isdecimal() or int(text[:20]) > _MAX_EXPIRATION:
        raise ValueError(f"milliseconds as text, '0' to '{_MAX_EXPIRATION}'")
    return text


def _text_or_object(value: object) -> object:
    if not isinstance(value, str | dict):
        raise ValueError("a text, published as it is, or a JSON object, published as JSON")
    return value


def _field_table(headers: dict[str, Any]) -> dict[str, Any]:
    for name, value in headers.items():
        _short_string(name)
        _field_value(value, _MAX_DEPTH)
    return headers


def _field_value(value: object, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} does not fit in the 64 bits of AMQP")
    if isinstance(value, dict):
        for name in value:
            _short_string(name)
    for inner in _inside(value):
        _field_value(inner, depth - 1)


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


Octet = Annotated[int, Field(ge=0, le=255)]
ShortString = Annotated[str, AfterValidator(_short_string)]


class MessageProperties(RequestBody):
    """AMQP properties, under the names that a message of the journal shows them with."""

    content_type: ShortString | None = None
    content_encoding: ShortString | None = None
    headers: Annotated[dict[str, Any], AfterValidator(_field_table)] | None = None
    delivery_mode: Octet | None = PERSISTENT
    priority: Octet | None = None
    correlation_id: ShortString | None = None
    reply_to: ShortString | None = None
    expiration: Annotated[str, AfterValidator(_milliseconds)] | None = None
    message_id: ShortString | None = None
    timestamp: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    type: ShortString | None = None
    app_id: ShortString | None = None


class NewMessage(RequestBody):
    """A message to publish: `as` is the client id (the routing key), `body` a text or an object.

    Without `contentType` it is that of the properties, else `application/json`; null sends none.
    """

    as_id: Annotated[str, Field(alias="as")]
    vhost: str
    content_type: Annotated[ShortString | None, Field(alias="contentType")] = _JSON
    body: Annotated[str | dict[str, Any], BeforeValidator(_text_or_object)]
    properties: MessageProperties = MessageProperties()


PUBLISH = Operation(
    summary="Publish a message as a client, persistent unless told otherwise",
    body=NewMessage,
    answers={202: Answer("Accepted; its fate is at /api/v1/messages/{id}", reference("Accepted"))},
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)


async def publish(request: Request, context: Context) -> Response:
    """202 with the id under which the journal keeps the message once it is judged."""
    message = await read_body(request, NewMessage)
    tables = context.hub.tables
    _require("#/as", message.as_id, _publishers(tables), "client id")
    _require("#/vhost", message.vhost, tables.vhosts, "vHost")
    content_type = _content_type(message)
    values = message.properties.model_dump(exclude={"content_type"})
    properties = Properties(**values, content_type=content_type)
    identifier = context.hub.publish_as(message.as_id, message.vhost, _octets(message), properties)
    response = json_response({"id": identifier}, HTTPStatus.ACCEPTED)
    response.headers["Location"] = f"/api/v1/messages/{identifier}"
    return response


def _publishers(tables: RoutingTables) -> list[str]:
    """The ids some certificate may publish with."""
    ids = (i for client in tables.clients.values() for i in (*client.own_ids, *client.writes_as))
    return list(dict.fromkeys(ids))


def _require(pointer: str, given: str, known: Any, what: str) -> None:
    if given in known:
        return
    detail = f"no {what} is called {given!r}; there are {', '.join(known)}"
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{pointer}: {detail}",
        errors=[{"pointer": pointer, "detail": detail}],
    )


def _content_type(message: NewMessage) -> str | None:
    inner = message.properties.content_type
    if inner is None:
        return message.content_type
    if "content_type" in message.model_fields_set and message.content_type != inner:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
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
