"""Further queues that a sender's own headers name: CC and BCC (quirk `cc-passed-on`).

RabbitMQ routes a message by these headers too. The real dispatcher keeps all headers of what it
forwards, so that a sender can put a message unchecked into queues of other clients.
"""

from __future__ import annotations

from hubemu.broker.wire.properties import headers, replace_headers

__all__ = ["further_queues", "without_copies"]

_COPIES = ("CC", "BCC")


def further_queues(header: bytes) -> list[str]:
    """The queues that raw properties name besides the routing key."""
    if header.find(b"CC") < 0:  # most messages, without decoding anything
        return []
    table = headers(header) or {}
    lists = (table.get(name) for name in _COPIES)
    return [key for keys in lists if isinstance(keys, list) for key in keys if isinstance(key, str)]


def without_copies(header: bytes) -> bytes:
    """The raw properties without the headers that name further queues."""
    table = headers(header) or {}
    return replace_headers(header, {k: v for k, v in table.items() if k not in _COPIES})
