"""Methods of AMQP 0-9-1: payload of a method frame <-> name and fields.

pamqp's classes are the method table (ids, fields, wire types). The reading and writing is done
here, because a broker must tell a truncated field from a refused one, keep SASL responses as
bytes and field tables with their types. Those that every message passes through are in `basic`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from pamqp import commands
from pamqp.base import Frame

from hubemu.broker.wire.errors import MalformedError, MalformedTextError, UnknownMethodError
from hubemu.broker.wire.frames import method_frame
from hubemu.broker.wire.table import decode_table, encode_table
from hubemu.broker.wire.text import pack_short

__all__ = [
    "METHODS",
    "Method",
    "MethodSpec",
    "decode_method",
    "encode_method",
    "method_id",
    "method_name",
]


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """One method: its ids and the fields it carries.

    `steps` are (field names, wire type): one name each, or up to eight bits that share an octet.
    """

    name: str
    class_id: int
    method_id: int
    steps: tuple[tuple[tuple[str, ...], str], ...]

    @property
    def prefix(self) -> bytes:
        """Class and method id as they open the payload."""
        return struct.pack(">HH", self.class_id, self.method_id)


@dataclass(frozen=True, slots=True)
class Method:
    """A method that came: its description and the values of its fields."""

    spec: MethodSpec
    fields: Mapping[str, Any]


def decode_method(payload: bytes) -> Method:
    """The method in the payload of a method frame (four octets at least).

    Raises:
        UnknownMethodError: no method has these ids.
        MalformedTextError: a name is not UTF-8.
        MalformedError: the fields do not fit the payload exactly.
    """
    class_id, number = struct.unpack_from(">HH", payload)
    spec = METHODS_BY_ID.get((class_id, number))
    if spec is None:
        raise UnknownMethodError(class_id, number)
    fields: dict[str, Any] = {}
    position = 4
    for names, kind in spec.steps:
        position = _read(payload, position, names, kind, fields)
    if position != len(payload):
        raise MalformedError(f"{spec.name} is followed by {len(payload) - position} octets")
    return Method(spec, fields)


def encode_method(channel: int, name: str, **fields: Any) -> bytes:
    """The frame of the method `name` (such as `queue.declare_ok`) with these fields."""
    spec = METHODS[name]
    parts = [_pack([fields[name] for name in names], kind) for names, kind in spec.steps]
    return method_frame(channel, spec.prefix + b"".join(parts))


def method_id(name: str) -> tuple[int, int]:
    """Class and method id of `name`, as close frames name the method at fault."""
    spec = METHODS[name]
    return spec.class_id, spec.method_id


def method_name(class_id: int, method_id: int) -> str:
    """The name of the method with these ids; empty for none, as in a close without a cause."""
    spec = METHODS_BY_ID.get((class_id, method_id))
    return spec.name if spec is not None else ""


_INTEGERS: Final = {
    "octet": struct.Struct(">B"),
    "short": struct.Struct(">H"),
    "long": struct.Struct(">I"),
    "longlong": struct.Struct(">Q"),
}


def _read(
    data: bytes, position: int, names: tuple[str, ...], kind: str, fields: dict[str, Any]
) -> int:
    if kind == "bit":
        _need(data, position + 1)
        for place, name in enumerate(names):
            fields[name] = bool(data[position] >> place & 1)
        return position + 1
    (name,) = names
    if kind in _INTEGERS:
        layout = _INTEGERS[kind]
        _need(data, position + layout.size)
        fields[name] = layout.unpack_from(data, position)[0]
        return position + layout.size
    raw, after = _sized(data, position, 1 if kind == "shortstr" else 4)
    fields[name] = _value(raw, kind)
    return after


def _sized(data: bytes, position: int, width: int) -> tuple[bytes, int]:
    start = position + width
    _need(data, start)
    after = start + int.from_bytes(data[position:start])
    _need(data, after)
    return data[start:after], after


def _need(data: bytes, end: int) -> None:
    if end > len(data):
        raise MalformedError("a method's fields run past the end of its frame")


def _value(raw: bytes, kind: str) -> Any:
    if kind == "table":
        return decode_table(raw)
    if kind == "longstr":
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedTextError("Malformed UTF-8 in shortstr") from error


def _pack(values: list[Any], kind: str) -> bytes:
    if kind == "bit":
        return sum(bool(value) << place for place, value in enumerate(values)).to_bytes(1)
    (value,) = values
    if kind in _INTEGERS:
        return _INTEGERS[kind].pack(value)
    if kind == "shortstr":
        return pack_short(value)
    if kind == "table":
        return encode_table(value)
    data: bytes = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(data)) + data


def _specs() -> Iterator[MethodSpec]:
    for index, command in commands.INDEX_MAPPING.items():
        yield _spec(index, command)
    # Left out of pamqp since the specification dropped it; old clients still send it.
    bits = ("exclusive", "passive", "active", "write", "read")
    yield MethodSpec("access.request", 30, 10, ((("realm",), "shortstr"), (bits, "bit")))
    yield MethodSpec("access.request_ok", 30, 11, ((("ticket",), "short"),))


def _spec(index: int, command: type[Frame]) -> MethodSpec:
    typed = [(name, command.amqp_type(name)) for name in command.attributes()]
    steps: list[tuple[tuple[str, ...], str]] = []
    for kind, group in groupby(typed, key=lambda pair: pair[1]):
        names = tuple(name for name, _ in group)
        steps += [(names, kind)] if kind == "bit" else [((name,), kind) for name in names]
    group_name, method_name = command.name.split(".")
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", method_name).lower()
    return MethodSpec(f"{group_name.lower()}.{snake}", index >> 16, index & 0xFFFF, tuple(steps))


METHODS: Final[Mapping[str, MethodSpec]] = {spec.name: spec for spec in _specs()}
"""Every method by the name RabbitMQ gives it, such as `basic.get_ok`."""
METHODS_BY_ID: Final = {(spec.class_id, spec.method_id): spec for spec in METHODS.values()}
