"""AMQP properties as the API takes them, checked as far as AMQP itself can carry them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from hubemu.control.body import RequestBody
from hubemu.control.operations import Schema, component, reference
from hubemu.properties import PERSISTENT
from hubemu.whole_numbers import AS_WHOLE

__all__ = ["FIELD_VALUE", "MessageProperties", "ShortString"]

_MAX_DEPTH = 16
"""Nesting of a headers table."""
_SHORT = 255
"""Bytes of an AMQP short string."""
_MAX_EXPIRATION = 315_360_000_000
"""Milliseconds, ten years; RabbitMQ refuses more."""


def _short_string(text: str) -> str:
    size = len(text.encode())
    if size > _SHORT:
        raise ValueError(f"an AMQP short string has {_SHORT} bytes at most, this one {size}")
    return text


def _milliseconds(text: str) -> str:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_EXPIRATION))
    if not is_number or int(text) > _MAX_EXPIRATION:
        raise ValueError(f"milliseconds as text, '0' to '{_MAX_EXPIRATION}'")
    return text


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


_SHORT_SCHEMA = {
    "type": "string",
    "maxLength": _SHORT,
    # As many characters as surely fit, by the bytes that the longest of them takes in UTF-8.
    "pattern": r"^(?:[\u0000-\u007f]{0,255}|[\u0000-\u07ff]{0,127}|[\u0000-\uffff]{0,85}|"
    r"[\s\S]{0,63})$",
    "description": "255 bytes at most in UTF-8",
}
_TEXTS = {"type": "array", "items": _SHORT_SCHEMA}
_HEADERS_SCHEMA = {
    "type": "object",
    "propertyNames": _SHORT_SCHEMA,
    "properties": {"CC": _TEXTS, "BCC": _TEXTS},
    "additionalProperties": component("FieldValue"),
}
FIELD_VALUE: Schema = {
    "description": f"A value of a headers table, {_MAX_DEPTH} levels deep at most",
    "anyOf": [
        {"type": ["null", "boolean", "string"]},
        # A whole number of 64 bits with a sign; one of more is a double, as JSON has it.
        {"type": "number", "maximum": 2**63 - 1},
        {"type": "number", "minimum": 2.0**64},
        {"type": "array", "items": reference("FieldValue")},
        {
            "type": "object",
            "propertyNames": _SHORT_SCHEMA,
            "additionalProperties": reference("FieldValue"),
        },
    ],
}
_EXPIRATION_SCHEMA = {
    "type": "string",
    "pattern": "^(?:[0-2]?[0-9]{1,11}|30[0-9]{10}|31[0-4][0-9]{9}|315[0-2][0-9]{8}|"
    "3153[0-5][0-9]{7}|315360000000)$",
    "description": f"Milliseconds, {_MAX_EXPIRATION} at most",
}
Octet = Annotated[int, Field(ge=0, le=255), AS_WHOLE]
DeliveryMode = Annotated[int, Field(ge=1, le=2), AS_WHOLE]
"""Transient or persistent: RabbitMQ refuses any other."""
ShortString = Annotated[str, AfterValidator(_short_string), WithJsonSchema(_SHORT_SCHEMA)]
FieldTable = Annotated[
    dict[str, Any], AfterValidator(_field_table), WithJsonSchema(_HEADERS_SCHEMA)
]
Expiration = Annotated[str, AfterValidator(_milliseconds), WithJsonSchema(_EXPIRATION_SCHEMA)]


class MessageProperties(RequestBody):
    """AMQP properties, under the names that a message of the journal shows them with."""

    content_type: ShortString | None = None
    content_encoding: ShortString | None = None
    headers: FieldTable | None = None
    delivery_mode: DeliveryMode | None = PERSISTENT
    priority: Octet | None = None
    correlation_id: ShortString | None = None
    reply_to: ShortString | None = None
    expiration: Expiration | None = None
    message_id: ShortString | None = None
    timestamp: Annotated[int, Field(ge=0, lt=2**63), AS_WHOLE] | None = None
    type: ShortString | None = None
    app_id: ShortString | None = None
