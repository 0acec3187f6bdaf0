"""Values of AMQP tables as JSON that keeps their wire types, so that a dialogue can be printed.

A type that JSON does not know is `{"$": type, "v": value}`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from hubemu.broker.wire.fields import (
    Binary,
    Float32,
    Int8,
    Int16,
    Int64,
    Timestamp,
    UInt8,
    UInt16,
    UInt32,
)

__all__ = ["from_field", "to_field", "typed"]

_NOW = 3600.0
"""Seconds around now within which a timestamp is one that the broker made."""
_TYPES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "int8": Int8,
    "uint8": UInt8,
    "int16": Int16,
    "uint16": UInt16,
    "uint32": UInt32,
    "int64": Int64,
    "timestamp": Timestamp,
    "float32": Float32,
    "decimal": Decimal,
    "binary": lambda value: Binary(bytes.fromhex(value)),
    "bytes": bytes.fromhex,
}
_NAMES: Final = {
    Int8: "int8",
    UInt8: "uint8",
    Int16: "int16",
    UInt16: "uint16",
    UInt32: "uint32",
    Int64: "int64",
    Float32: "float32",
}


def typed(kind: str, value: Any) -> dict[str, Any]:
    """A value of a type that JSON does not know."""
    return {"$": kind, "v": value}


def to_field(value: Any, name: Callable[[str], str]) -> Any:
    """The value to be sent; `name` gives what a text is called on the wire."""
    if isinstance(value, str):
        return name(value)
    if isinstance(value, list):
        return [to_field(one, name) for one in value]
    if not isinstance(value, dict):
        return value
    if "$" in value:
        return _TYPES[value["$"]](value["v"])
    return {key: to_field(one, name) for key, one in value.items()}


def from_field(value: Any) -> Any:
    """The JSON of a value that came; a time of today is `now`."""
    if isinstance(value, Mapping):
        return {key: from_field(one) for key, one in value.items()}
    if isinstance(value, list):
        return [from_field(one) for one in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Timestamp):
        recent = abs(value - time.time()) < _NOW
        return typed("timestamp", "now" if recent else int(value))
    if isinstance(value, bytes):
        return typed("binary" if isinstance(value, Binary) else "bytes", value.hex())
    if isinstance(value, Decimal):
        return typed("decimal", str(value))
    if (kind := _NAMES.get(type(value))) is not None:
        return typed(kind, repr(value))
    return value
