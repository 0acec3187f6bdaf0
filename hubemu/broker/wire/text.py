"""Text on the wire: AMQP names bytes, people read text.

RabbitMQ passes on strings that are not UTF-8 untouched. So do we, in two ways: the exchange and
routing key of a message keep such bytes exactly (`exact`), and the raw header that travels with a
message is never rewritten; what people get to see of it are `\\xNN` escapes (`text`), which can be
logged, compared and put into JSON.
"""

from __future__ import annotations

from hubemu.broker.wire.errors import MalformedError

__all__ = ["SHORT_STRING_LIMIT", "exact", "pack", "pack_short", "text"]

SHORT_STRING_LIMIT = 255


def text(raw: bytes) -> str:
    """The text of `raw`, for reading; bytes that are not UTF-8 become `\\xNN`.

    An escaped short string is cut to what a short string can hold.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        escaped = raw.decode("utf-8", "backslashreplace")
    if len(raw) > SHORT_STRING_LIMIT:
        return escaped
    return escaped.encode()[:SHORT_STRING_LIMIT].decode("utf-8", "ignore")


def exact(raw: bytes) -> str:
    """The text of `raw`, from which `pack` makes the same bytes again (lone surrogates)."""
    return raw.decode("utf-8", "surrogateescape")


def pack(value: str) -> bytes:
    """The bytes of a text; those of `exact` are the ones it was given."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def pack_short(value: str) -> bytes:
    """A short string: one octet of length, then the text.

    Raises:
        MalformedError: longer than 255 bytes.
    """
    data = pack(value)
    if len(data) > SHORT_STRING_LIMIT:
        raise MalformedError(f"a short string holds 255 bytes at most, got {len(data)}")
    return len(data).to_bytes(1) + data
