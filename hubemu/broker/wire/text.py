"""Text on the wire: AMQP names bytes, people read text.

RabbitMQ passes on strings that are not UTF-8 untouched. Here such bytes are shown as `\\xNN`
escapes, so that any name can be logged, compared and put into JSON; the bytes themselves survive
in the raw header that travels with a message.
"""

from __future__ import annotations

from hubemu.broker.wire.errors import MalformedError

__all__ = ["SHORT_STRING_LIMIT", "pack_short", "text"]

SHORT_STRING_LIMIT = 255


def text(raw: bytes) -> str:
    """The text of `raw`; bytes that are not UTF-8 become `\\xNN`."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace")


def pack_short(value: str) -> bytes:
    """A short string: one octet of length, then UTF-8.

    Raises:
        MalformedError: longer than 255 bytes.
    """
    data = value.encode("utf-8", "replace")
    if len(data) > SHORT_STRING_LIMIT:
        raise MalformedError(f"a short string holds 255 bytes at most, got {len(data)}")
    return len(data).to_bytes(1) + data
