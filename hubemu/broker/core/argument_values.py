"""Values of arguments: their types as Erlang's client calls them, and what is wrong with them.

A function called `no_...` gives what is wrong with a value in RabbitMQ's words, `None` if nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from hubemu.broker.wire.text import exact

__all__ = [
    "MAX_MILLISECONDS",
    "no_flag",
    "no_integer",
    "no_milliseconds",
    "no_natural",
    "no_text",
    "type_name",
    "with_text",
]

MAX_MILLISECONDS: Final = 315_360_000_000
"""Ten years."""
_TYPE_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"),
    (Int8, "byte"),
    (UInt8, "unsignedbyte"),
    (Int16, "short"),
    (UInt16, "unsignedshort"),
    (UInt32, "unsignedint"),
    (Int64, "long"),
    (Timestamp, "timestamp"),
    (Float32, "float"),
    (str, "longstr"),
    (Binary, "binary"),
    (bytes, "longstr"),
    (float, "double"),
    (Decimal, "decimal"),
    (Mapping, "table"),
    (list, "array"),
    (type(None), "void"),
)


def type_name(value: object) -> str:
    """The type of a field value as Erlang's client library calls it."""
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return "signedint"


def with_text(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arguments of a declaration, those that are text but not UTF-8 as `exact` gives them.

    RabbitMQ takes any octets for a name or routing key in them, and tells them as `longstr`.
    """
    return {
        name: exact(value) if isinstance(value, bytes) and not isinstance(value, Binary) else value
        for name, value in arguments.items()
    }


def no_integer(value: object) -> str | None:
    """Anything but a number without fraction."""
    if isinstance(value, int) and not isinstance(value, bool | Timestamp):
        return None
    return f'"expected integer, got {type_name(value)}"'


def no_natural(value: Any) -> str | None:
    """Anything but an integer from 0 on."""
    return no_integer(value) or (f"{{value_negative,{value}}}" if value < 0 else None)


def no_milliseconds(value: Any) -> str | None:
    """Anything but a time of at most ten years."""
    if problem := no_natural(value):
        return problem
    return f"{{value_too_large,{value}}}" if value > MAX_MILLISECONDS else None


def no_text(value: object) -> str | None:
    """Anything but a text."""
    return None if isinstance(value, str) else f"{{unacceptable_type,{type_name(value)}}}"


def no_flag(value: object) -> str | None:
    """Anything but a boolean."""
    return None if isinstance(value, bool) else f"{{unacceptable_type,{type_name(value)}}}"
