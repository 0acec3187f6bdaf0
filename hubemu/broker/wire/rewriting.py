"""Raw basic properties with some of them changed, the others byte for byte as they were.

For who passes messages on: nothing is decoded that is not changed.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.properties import headers, replace_headers
from hubemu.broker.wire.table import decode_table, encode_table
from hubemu.broker.wire.text import pack_short

__all__ = ["passed_on", "with_content_type", "with_header"]

# Property flags, in the order of the list.
_CONTENT_TYPE: Final = 0x8000
_CONTENT_ENCODING: Final = 0x4000
_HEADERS: Final = 0x2000
_DELIVERY_MODE: Final = 0x1000
_PRIORITY: Final = 0x0800
_CORRELATION_ID: Final = 0x0400
_REPLY_TO: Final = 0x0200
_EXPIRATION: Final = 0x0100
_ALWAYS: Final = _CONTENT_TYPE | _HEADERS | _DELIVERY_MODE
_BEHIND: Final = 0xFFFF & ~(_ALWAYS | _CONTENT_ENCODING)
"""All properties behind the delivery mode, and the flag of a second word of flags."""
_PERSISTENT: Final = b"\x02"
_TABLE_SIZE: Final = struct.Struct(">I")


def passed_on(
    raw: bytes, content_type: str, header: tuple[str, str], expiration: str | None
) -> bytes:
    """`raw` as a dispatcher sends it on: persistent, with a content type and one more header.

    Args:
        header: name and text; one of that name is replaced.
        expiration: milliseconds as text; by default as it was.

    Raises:
        MalformedError: the property list does not fit its flags.
    """
    try:
        flags = raw[0] << 8 | raw[1]
        at = 2
        if flags & _CONTENT_TYPE:
            at += 1 + raw[at]
        start = at
        if flags & _CONTENT_ENCODING:
            at += 1 + raw[at]
        encoding, start = raw[start:at], at
        if flags & _HEADERS:
            at += 4 + _TABLE_SIZE.unpack_from(raw, at)[0]
        table = raw[start + 4 : at]
        if flags & _DELIVERY_MODE:
            at += 1
        if not flags & _BEHIND and at == len(raw):  # as most publishers say it
            head, lifetime = _ends(flags | _ALWAYS, content_type, expiration)
            return b"%b%b%b\x02%b" % (head, encoding, _with_pair(table, header), lifetime)
        start = at
        if flags & _PRIORITY:
            at += 1
        for flag in (_CORRELATION_ID, _REPLY_TO):
            if flags & flag:
                at += 1 + raw[at]
        middle, start = raw[start:at], at
        if flags & _EXPIRATION:
            at += 1 + raw[at]
    except (IndexError, struct.error):
        at = len(raw) + 1
    if at > len(raw):
        raise MalformedError("the property list is shorter than its flags say")
    head, lifetime = _ends(flags | _ALWAYS, content_type, expiration)
    lifetime = lifetime or raw[start:at]
    return b"".join(
        (
            head,
            encoding,
            _with_pair(table, header),
            _PERSISTENT,
            middle,
            lifetime,
            raw[at:],
        )
    )


def with_content_type(raw: bytes, content_type: str) -> bytes:
    """`raw` with another content type.

    Raises:
        MalformedError: the property list does not fit its flags, or the type is too long.
    """
    if len(raw) < 2:
        raise MalformedError("the property list is shorter than its flags say")
    flags = raw[0] << 8 | raw[1]
    at = 2
    if flags & _CONTENT_TYPE:
        at = 3 + raw[2] if len(raw) > at else len(raw) + 1
    if at > len(raw):
        raise MalformedError("the property list is shorter than its flags say")
    return (flags | _CONTENT_TYPE).to_bytes(2) + pack_short(content_type) + raw[at:]


def with_header(raw: bytes, name: str, value: str | bool) -> bytes:
    """`raw` with one more header; one of that name is replaced.

    Raises:
        MalformedError: the property list does not fit its flags.
    """
    return replace_headers(raw, {**(headers(raw) or {}), name: value})


def _with_pair(content: bytes, pair: tuple[str, str]) -> bytes:
    """A table, its length first, from the content of one and a further pair."""
    name, own = _pair(pair)
    if content.find(name) >= 0:
        return encode_table({**decode_table(content), pair[0]: pair[1]})
    return (len(content) + len(own)).to_bytes(4) + content + own


@lru_cache(maxsize=4096)
def _pair(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    """The name, and the pair as the content of a table."""
    return pack_short(pair[0]), encode_table(dict((pair,)))[4:]


@lru_cache(maxsize=1024)
def _ends(flags: int, content_type: str, expiration: str | None) -> tuple[bytes, bytes]:
    """The flags with the first property, and the expiration, if another is wanted."""
    lifetime = b""
    if expiration is not None:
        flags |= _EXPIRATION
        lifetime = pack_short(expiration)
    return flags.to_bytes(2) + pack_short(content_type), lifetime
