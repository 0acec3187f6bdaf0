"""Field tables: the typed maps of headers, arguments and properties.

Rules:
1. The grammar is RabbitMQ's (its errata to AMQP 0-9-1), one entry per type letter below.
2. Reading never looks past the end it was given; anything that does not fit exactly is refused.
3. Nesting is bounded: a table of a few kilobytes could otherwise exhaust the stack.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from types import UnionType
from typing import Any

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.fields import (
    Binary,
    FieldValue,
    Float32,
    Int8,
    Int16,
    Int64,
    Table,
    Timestamp,
    UInt8,
    UInt16,
    UInt32,
)
from hubemu.broker.wire.text import pack, pack_short, text

__all__ = ["MAX_DEPTH", "check_table", "decode_table", "encode_table"]

MAX_DEPTH = 64
"""Tables and arrays within each other; RabbitMQ has no bound."""

_Reader = Callable[[bytes, int, int, int], tuple[Any, int]]
"""(data, position, end, depth) -> (value, position after it)"""

_TEXT = ord("S")
_LENGTH = struct.Struct(">I")
_DECIMAL = struct.Struct(">BI")
_INT32 = range(-(2**31), 2**31)


def decode_table(data: bytes) -> Table:
    """The table in `data`, which is its content without the four octets of length.

    A name that comes twice keeps its first value, which is the one that RabbitMQ looks up.

    Raises:
        MalformedError: unknown type, truncated value, or nested deeper than `MAX_DEPTH`.
    """
    return _read_pairs(data, 0, len(data), 1)


def check_table(data: bytes) -> None:
    """See that `decode_table` will accept `data`, without building what is in it.

    Raises:
        MalformedError: as `decode_table`.
    """
    position, end = 0, len(data)
    while position < end:
        kind = position + 1 + data[position]
        if kind >= end:
            raise MalformedError("a field name runs past the end of its table")
        if data[kind] == _TEXT:
            position = _after_length(data, kind + 1, end)
        else:
            _, position = _read_value(data, kind, end, 1)


def encode_table(table: Mapping[str, Any]) -> bytes:
    """The bytes of a table, starting with its four octets of length.

    Raises:
        MalformedError: a value has a type the wire does not know, or does not fit.
    """
    content = b"".join(pack_short(name) + _pack_value(value) for name, value in table.items())
    return _LENGTH.pack(len(content)) + content


def _read_pairs(data: bytes, position: int, end: int, depth: int) -> Table:
    table: Table = {}
    while position < end:
        start = position + 1
        position = start + data[position]
        if position >= end:
            raise MalformedError("a field name runs past the end of its table")
        name = text(data[start:position])
        value, position = _read_value(data, position, end, depth)
        if name not in table:
            table[name] = value
    return table


def _read_value(data: bytes, position: int, end: int, depth: int) -> tuple[Any, int]:
    reader = _READERS.get(data[position])
    if reader is None:
        raise MalformedError(f"unknown field type {data[position : position + 1]!r}")
    return reader(data, position + 1, end, depth)


def _after_length(data: bytes, position: int, end: int) -> int:
    """The position after a value that begins with four octets of length."""
    start = position + 4
    if start > end:
        raise MalformedError("a length runs past the end of its table")
    size: int = _LENGTH.unpack_from(data, position)[0]
    if start + size > end:
        raise MalformedError("a value runs past the end of its table")
    return start + size


def _bytes(data: bytes, position: int, end: int) -> tuple[bytes, int]:
    after = _after_length(data, position, end)
    return data[position + 4 : after], after


def _read_long_string(data: bytes, position: int, end: int, _depth: int) -> tuple[Any, int]:
    raw, after = _bytes(data, position, end)
    try:
        return raw.decode(), after
    except UnicodeDecodeError:
        return raw, after


def _read_binary(data: bytes, position: int, end: int, _depth: int) -> tuple[Any, int]:
    raw, after = _bytes(data, position, end)
    return Binary(raw), after


def _read_table(data: bytes, position: int, end: int, depth: int) -> tuple[Any, int]:
    start, after = _nested(data, position, end, depth)
    return _read_pairs(data, start, after, depth + 1), after


def _read_array(data: bytes, position: int, end: int, depth: int) -> tuple[Any, int]:
    start, after = _nested(data, position, end, depth)
    values = []
    while start < after:
        value, start = _read_value(data, start, after, depth + 1)
        values.append(value)
    return values, after


def _nested(data: bytes, position: int, end: int, depth: int) -> tuple[int, int]:
    if depth >= MAX_DEPTH:
        raise MalformedError(f"tables nested more than {MAX_DEPTH} deep")
    return position + 4, _after_length(data, position, end)


def _read_decimal(data: bytes, position: int, end: int, _depth: int) -> tuple[Any, int]:
    after = position + _DECIMAL.size
    if after > end:
        raise MalformedError("a decimal runs past the end of its table")
    scale, mantissa = _DECIMAL.unpack_from(data, position)
    digits = tuple(int(digit) for digit in str(mantissa))
    return Decimal((0, digits, -scale)), after


def _read_void(_data: bytes, position: int, _end: int, _depth: int) -> tuple[Any, int]:
    return None, position


def _number(layout: str, kind: Callable[[Any], Any]) -> _Reader:
    packed = struct.Struct(layout)

    def read(data: bytes, position: int, end: int, _depth: int) -> tuple[Any, int]:
        after = position + packed.size
        if after > end:
            raise MalformedError("a number runs past the end of its table")
        return kind(packed.unpack_from(data, position)[0]), after

    return read


def _finite(kind: Callable[[Any], float]) -> Callable[[Any], float]:
    """For a fraction that RabbitMQ can read: Erlang knows no NaN and no infinity."""

    def make(value: float) -> float:
        if not isfinite(value):
            raise MalformedError(f"{value} is not a number")
        return kind(value)

    return make


_READERS: Mapping[int, _Reader] = {
    _TEXT: _read_long_string,
    ord("x"): _read_binary,
    ord("F"): _read_table,
    ord("A"): _read_array,
    ord("D"): _read_decimal,
    ord("V"): _read_void,
    ord("t"): _number(">B", bool),
    ord("b"): _number(">b", Int8),
    ord("B"): _number(">B", UInt8),
    ord("s"): _number(">h", Int16),
    ord("u"): _number(">H", UInt16),
    ord("I"): _number(">i", int),
    ord("i"): _number(">I", UInt32),
    ord("l"): _number(">q", Int64),
    ord("L"): _number(">q", Int64),
    ord("T"): _number(">Q", Timestamp),
    ord("f"): _number(">f", _finite(Float32)),
    ord("d"): _number(">d", _finite(float)),
}

_NUMBERS: Mapping[type, tuple[bytes, struct.Struct]] = {
    bool: (b"t", struct.Struct(">B")),
    Int8: (b"b", struct.Struct(">b")),
    UInt8: (b"B", struct.Struct(">B")),
    Int16: (b"s", struct.Struct(">h")),
    UInt16: (b"u", struct.Struct(">H")),
    UInt32: (b"i", struct.Struct(">I")),
    Int64: (b"l", struct.Struct(">q")),
    Timestamp: (b"T", struct.Struct(">Q")),
    Float32: (b"f", struct.Struct(">f")),
    float: (b"d", struct.Struct(">d")),
}
_INT32_FIELD = (b"I", struct.Struct(">i"))


def _pack_value(value: FieldValue) -> bytes:
    for kind, packer in _PACKERS:
        if isinstance(value, kind):
            return packer(value)
    raise MalformedError(f"a field table cannot hold a {type(value).__name__}")


def _pack_long_string(value: str) -> bytes:
    data = pack(value)
    return b"S" + _LENGTH.pack(len(data)) + data


def _pack_bytes(value: bytes) -> bytes:
    return (b"x" if isinstance(value, Binary) else b"S") + _LENGTH.pack(len(value)) + value


def _pack_array(value: Sequence[Any]) -> bytes:
    content = b"".join(map(_pack_value, value))
    return b"A" + _LENGTH.pack(len(content)) + content


def _pack_number(value: float) -> bytes:
    letter, layout = _NUMBERS.get(type(value), _INT32_FIELD)
    if type(value) is int and value not in _INT32:
        letter, layout = _NUMBERS[Int64]
    try:
        return letter + layout.pack(value)
    except (struct.error, OverflowError) as error:
        raise MalformedError(f"{value!r} does not fit a field of type {letter!r}") from error


def _pack_decimal(value: Decimal) -> bytes:
    sign, _, exponent = value.as_tuple()
    if not isinstance(exponent, int) or sign:
        raise MalformedError(f"{value} is not a decimal the wire can hold")
    scale = max(0, -exponent)
    mantissa = int(value.scaleb(scale))
    try:
        return b"D" + _DECIMAL.pack(scale, mantissa)
    except struct.error as error:
        raise MalformedError(f"{value} has too many digits for the wire") from error


_PACKERS: Sequence[tuple[type | UnionType, Callable[[Any], bytes]]] = (
    (str, _pack_long_string),
    (int | float, _pack_number),
    (Mapping, lambda value: b"F" + encode_table(value)),
    (list | tuple, _pack_array),
    (bytes, _pack_bytes),
    (Decimal, _pack_decimal),
    (type(None), lambda _: b"V"),
)
