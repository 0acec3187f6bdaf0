"""Values of AMQP field tables that remember their wire type.

A table is decoded to plain Python values (`str`, `int`, `dict` ...). Where Python has one type for
several of the wire's, a subclass says which one came, so that a table decoded and encoded again
(a dead letter's headers) keeps its types, as it does in RabbitMQ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

__all__ = [
    "Binary",
    "FieldValue",
    "Float32",
    "Int8",
    "Int16",
    "Int64",
    "Table",
    "Timestamp",
    "UInt8",
    "UInt16",
    "UInt32",
]


class Int8(int):
    """Type `b`, a signed octet."""


class UInt8(int):
    """Type `B`, an unsigned octet."""


class Int16(int):
    """Type `s`, signed, two octets."""


class UInt16(int):
    """Type `u`, unsigned, two octets."""


class UInt32(int):
    """Type `i`, unsigned, four octets."""


class Int64(int):
    """Type `l` (or `L`, which RabbitMQ reads as the same), signed, eight octets."""


class Timestamp(int):
    """Type `T`: seconds since the epoch."""


class Float32(float):
    """Type `f`: single precision."""


class Binary(bytes):
    """Type `x`: bytes that are not text."""


FieldValue: TypeAlias = (
    "bool | int | float | str | bytes | Decimal | Sequence[Any] | Mapping[str, Any] | None"
)
Table: TypeAlias = dict[str, Any]
