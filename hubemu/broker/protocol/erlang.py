"""Bytes as Erlang prints them: RabbitMQ quotes them so in close texts that clients see."""

from __future__ import annotations

from hubemu.broker.wire.text import exact

__all__ = ["binary", "octets", "snippet"]

_SNIPPET = 16
_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 27: "\\e"}


def binary(data: bytes) -> str:
    """An Erlang binary: quoted if it can be printed (Latin-1), else its octets as numbers."""
    if data and all(32 <= octet < 127 or octet >= 160 or octet in _ESCAPES for octet in data):
        return f'<<"{"".join(_quoted(octet) for octet in data)}">>'
    return octets(data)


def octets(data: bytes) -> str:
    """An Erlang binary as numbers, printable or not."""
    return f"<<{','.join(map(str, data))}>>"


def snippet(payload: bytes) -> str:
    """What RabbitMQ says of a frame's payload: all of it, or how it begins."""
    if len(payload) <= _SNIPPET:
        return f"all octets = {binary(payload)}"
    return f"first {_SNIPPET} octets = {binary(payload[:_SNIPPET])}"


def _quoted(octet: int) -> str:
    """What is no ASCII stands there as the octet that it is, which is not UTF-8."""
    return _ESCAPES.get(octet) or ("\\" if octet in b'"\\' else "") + exact(bytes([octet]))
