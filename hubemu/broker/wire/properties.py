"""The basic properties of a message: raw bytes of the content header <-> `Properties`.

Raw means property flags and property list, as they stand in a content header frame after the body
size. A broker passes raw bytes on untouched; the functions here read single properties out of
them without building anything, and rewrite only the headers of a dead letter.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.table import check_table, decode_table, encode_table
from hubemu.broker.wire.text import pack_short, text
from hubemu.properties import Properties

__all__ = [
    "HEADERS",
    "NO_PROPERTIES",
    "check_properties",
    "content_type",
    "declares",
    "decode_properties",
    "delivery_mode",
    "encode_properties",
    "expiration",
    "has_headers",
    "headers",
    "priority",
    "replace_headers",
    "user_id",
]

NO_PROPERTIES: Final = b"\0\0"
"""The raw form of a message without properties."""

_FLAGS: Final = {name: 0x8000 >> at for at, name in enumerate(Properties.__struct_fields__)}
"""Their flags; `Properties` has them in the order of the wire."""

HEADERS: Final = _FLAGS["headers"]
_DELIVERY_MODE: Final = _FLAGS["delivery_mode"]
_PRIORITY: Final = _FLAGS["priority"]
_EXPIRATION: Final = _FLAGS["expiration"]
_USER_ID: Final = _FLAGS["user_id"]
_TIMESTAMP: Final = _FLAGS["timestamp"]
_OCTETS: Final = _DELIVERY_MODE | _PRIORITY
_TABLE_SIZE: Final = struct.Struct(">I")
_SHORT: Final = "the property list is shorter than its flags say"
_TIME: Final = struct.Struct(">Q")


def decode_properties(raw: bytes) -> Properties:
    """The properties as a value; text that is not UTF-8 is shown with `\\xNN` escapes.

    Raises:
        MalformedError: the property list does not fit its flags, or the headers are no table.
    """
    flags = _flags(raw)
    values: dict[str, Any] = {}
    position = 2
    for name, flag in _FLAGS.items():
        if flags & flag:
            after = _after(raw, position, flag)
            values[name] = _read(raw[position:after], flag)
            position = after
    if position != len(raw):
        raise MalformedError("the property list is longer or shorter than its flags say")
    return Properties(**values)


def encode_properties(properties: Properties) -> bytes:
    """The raw form of `properties`.

    Raises:
        MalformedError: a value does not fit the wire, such as a text above 255 bytes.
    """
    flags = 0
    parts = [b""]
    for value, flag in zip(msgspec.structs.astuple(properties), _FLAGS.values(), strict=True):
        if value is not None:
            flags |= flag
            parts.append(_pack(value, flag))
    parts[0] = flags.to_bytes(2)
    return b"".join(parts)


def check_properties(raw: bytes) -> None:
    """See that `decode_properties` will accept `raw`, without building the value.

    Raises:
        MalformedError: as `decode_properties`.
    """
    try:
        table, position = _first_properties(raw)
        after = position
        behind = (raw[0] & 0x1F) << 8 | raw[1]
        if behind == _DELIVERY_MODE:  # as most publishers say it
            position += 1
        else:
            for width in _widths(behind):
                position += width or 1 + raw[position]
    except (IndexError, struct.error):
        position = -1
    if position != len(raw):
        raise MalformedError("the property list is longer or shorter than its flags say")
    # An empty table needs no reading, and amqplib sends one with every message.
    if 0 < table < after:
        check_table(raw[table:after])


def has_headers(raw: bytes) -> bool:
    """Whether a headers table is present."""
    return bool(raw[0] & 0x20)


def headers(raw: bytes) -> dict[str, Any] | None:
    """The headers table, `None` if absent."""
    flags = _flags(raw)
    if not flags & HEADERS:
        return None
    position = _offset(raw, flags, HEADERS)
    return decode_table(raw[position + 4 : _after(raw, position, HEADERS)])


def content_type(raw: bytes) -> str | None:
    """The content type, `None` if absent."""
    if not raw[0] & 0x80:
        return None
    return text(raw[3 : 3 + raw[2]])


def declares(raw: bytes, wanted: bytes) -> bool:
    """Whether the content type is the one `wanted`, as `pack_short` gives it."""
    return raw[0] & 0x80 != 0 and raw.startswith(wanted, 2)


def delivery_mode(raw: bytes) -> int | None:
    """1 transient, 2 persistent, `None` if absent.

    Raises:
        MalformedError: the list ends before it.
    """
    if not raw[0] & 0x10:
        return None
    try:
        return raw[_first_properties(raw)[1]]
    except (IndexError, struct.error):
        raise MalformedError(_SHORT) from None


def priority(raw: bytes) -> int | None:
    """The priority octet, `None` if absent."""
    flags = _flags(raw)
    return raw[_offset(raw, flags, _PRIORITY)] if flags & _PRIORITY else None


def expiration(raw: bytes) -> str | None:
    """The per-message time-to-live as its sender wrote it (milliseconds as text).

    Raises:
        MalformedError: the list ends before it.
    """
    if not raw[0] & 0x01:
        return None
    try:
        position = _first_properties(raw)[1]
        for width in _widths((raw[0] & 0x1E) << 8):
            position += width or 1 + raw[position]
        start = position + 1
        written = raw[start : start + raw[position]]
        if len(written) == raw[position]:
            return text(written)
    except (IndexError, struct.error):
        pass
    raise MalformedError(_SHORT)


def user_id(raw: bytes) -> str | None:
    """The user name the sender claims, `None` if absent."""
    return _short_property(raw, _USER_ID)


def replace_headers(raw: bytes, table: Mapping[str, Any], *, keep_expiration: bool = True) -> bytes:
    """`raw` with other headers, every other property byte for byte as it was.

    `keep_expiration=False` also takes the expiration away, as dead-lettering does.
    """
    flags = _flags(raw)
    position = _offset(raw, flags, HEADERS)
    after = _after(raw, position, HEADERS) if flags & HEADERS else position
    rest = after
    if flags & _EXPIRATION and not keep_expiration:
        start = _offset(raw, flags, _EXPIRATION)
        tail = raw[rest:start] + raw[_after(raw, start, _EXPIRATION) :]
        flags &= ~_EXPIRATION
    else:
        tail = raw[rest:]
    return (flags | HEADERS).to_bytes(2) + raw[2:position] + encode_table(table) + tail


def _first_properties(raw: bytes) -> tuple[int, int]:
    """Where the headers table begins (0: there is none), and where the delivery mode stands.

    Raises:
        IndexError, struct.error: the list ends before that, if it is seen.
    """
    flags, table, position = raw[0], 0, 2
    if flags & 0x80:
        position = 3 + raw[2]
    if flags & 0x40:
        position += 1 + raw[position]
    if flags & 0x20:
        table = position + 4
        position = table + _TABLE_SIZE.unpack_from(raw, position)[0]
    return table, position


def _short_property(raw: bytes, flag: int) -> str | None:
    flags = _flags(raw)
    if not flags & flag:
        return None
    position = _offset(raw, flags, flag)
    return text(raw[position + 1 : _after(raw, position, flag)])


def _flags(raw: bytes) -> int:
    if len(raw) < 2:
        raise MalformedError("a content header without property flags")
    return raw[0] << 8 | raw[1]


@lru_cache(maxsize=4096)
def _widths(flags: int) -> tuple[int, ...]:
    """How wide each property present is, in order; 0 for a short string, -1 for the headers."""
    widths = {_DELIVERY_MODE: 1, _PRIORITY: 1, _TIMESTAMP: 8, HEADERS: -1}
    return tuple(widths.get(flag, 0) for flag in _FLAGS.values() if flags & flag)


def _offset(raw: bytes, flags: int, wanted: int) -> int:
    """Where the property of the flag `wanted` begins (0: the end of the list)."""
    present = flags & ~(2 * wanted - 1) if wanted else flags
    position = 2
    try:
        for width in _widths(present):
            if width > 0:
                position += width
            elif width == 0:
                position += 1 + raw[position]
            else:
                position += 4 + int.from_bytes(raw[position : position + 4])
    except IndexError:
        position = len(raw) + 1
    if position > len(raw):
        raise MalformedError(_SHORT)
    return position


def _after(raw: bytes, position: int, flag: int) -> int:
    """The position after the property of `flag` that begins at `position`."""
    if flag & _OCTETS:
        after = position + 1
    elif flag == HEADERS:
        after = position + 4 + int.from_bytes(raw[position : position + 4])
    elif flag == _TIMESTAMP:
        after = position + 8
    elif position < len(raw):
        after = position + 1 + raw[position]
    else:
        raise MalformedError(_SHORT)
    if after > len(raw):
        raise MalformedError(_SHORT)
    return after


def _read(data: bytes, flag: int) -> Any:
    if flag & _OCTETS:
        return data[0]
    if flag == HEADERS:
        return decode_table(data[4:])
    if flag == _TIMESTAMP:
        return _TIME.unpack(data)[0]
    return text(data[1:])


def _pack(value: Any, flag: int) -> bytes:
    try:
        if flag & _OCTETS:
            return int(value).to_bytes(1)
        if flag == _TIMESTAMP:
            return _TIME.pack(value)
    except (struct.error, OverflowError) as error:
        raise MalformedError(f"{value!r} does not fit its property") from error
    return encode_table(value) if flag == HEADERS else pack_short(value)
