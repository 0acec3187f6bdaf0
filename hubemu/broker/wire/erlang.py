"""Bytes as Erlang prints them: RabbitMQ quotes them so in close texts that clients see."""

from __future__ import annotations

from hubemu.broker.wire.text import exact

__all__ = ["binary", "octets", "snippet", "string"]

_SNIPPET = 16
_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 27: "\\e"}


def binary(data: bytes) -> str:
    """An Erlang binary: quoted if it can be printed (Latin-1), else its octets as numbers."""
    return f"<<{_text(data)}>>" if data and _printable(data) else octets(data)


def string(data: bytes) -> str:
    """An Erlang string: quoted if it can be printed (Latin-1), else a list of numbers."""
    return _text(data) if data and _printable(data) else f"[{','.join(map(str, data))}]"


def octets(data: bytes) -> str:
    """An Erlang binary as numbers, printable or not."""
    return f"<<{','.join(map(str, data))}>>"


def snippet(payload: bytes) -> str:
    """What RabbitMQ says of a frame's payload: all of it, or how it begins."""
    if len(payload) <= _SNIPPET:
        return f"all octets = {binary(payload)}"
    return f"first {_SNIPPET} octets = {binary(payload[:_SNIPPET])}"


def _printable(data: bytes) -> bool:
    return all(32 <= octet < 127 or octet >= 160 or octet in _ESCAPES for octet in data)


def _text(data: bytes) -> str:
    return f'"{"".join(map(_quoted, data))}"'


def _quoted(octet: int) -> str:
    """What is no ASCII stands there as the octet that it is, which is not UTF-8."""
    return _ESCAPES.get(octet) or ("\\" if octet in b'"\\' else "") + exact(bytes([octet]))
