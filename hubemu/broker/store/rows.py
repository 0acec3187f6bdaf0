"""Durable things as rows of the state file, and messages back from them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from sys import intern
from typing import Any, Final, NamedTuple, TypeAlias

from hubemu.broker.core import Message, MessageQueue
from hubemu.broker.core.exchanges import Binding, Exchange
from hubemu.broker.core.message import weight
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.wire.table import encode_table
from hubemu.broker.wire.text import exact, pack

__all__ = [
    "BindingRow",
    "ExchangeRow",
    "QueueRow",
    "binding_row",
    "column",
    "exchange_row",
    "from_column",
    "going_row",
    "is_going",
    "message_row",
    "queue_row",
    "queued_message",
]

ExchangeRow: TypeAlias = tuple[str, str, str, int, int, bytes]
BindingRow: TypeAlias = tuple[str, str, int, str, str, bytes]


class QueueRow(NamedTuple):
    """The columns of `queues`."""

    vhost: str
    name: str
    auto_delete: int
    arguments: bytes
    marked_below: int
    number: int


_LENGTH_SIZE: Final = 4
_GOING: Final = -1
"""`marked_below` of a queue that is gone while there are messages of it."""


def column(value: str) -> str | bytes:
    """A name or key for a column: its octets if they are not UTF-8, which SQLite's text must be."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return pack(value)
    return value


def from_column(value: str | bytes) -> str:
    """The name or key that `column` wrote."""
    return exact(value) if isinstance(value, bytes) else value


def exchange_row(vhost: str, exchange: Exchange) -> ExchangeRow:
    """The columns of `exchanges`."""
    flags = (int(exchange.auto_delete), int(exchange.internal))
    return vhost, exchange.name, exchange.type, *flags, _packed(exchange.arguments)


def queue_row(vhost: str, queue: MessageQueue, *, number: int, marked_below: int) -> QueueRow:
    """The columns of `queues`."""
    arguments = _packed(queue.arguments)
    return QueueRow(vhost, queue.name, int(queue.auto_delete), arguments, marked_below, number)


def going_row(number: int) -> QueueRow:
    """What stands for a queue that is gone while its messages are being deleted."""
    return QueueRow("", f"deleted {number}", 0, b"", _GOING, number)


def is_going(row: QueueRow) -> bool:
    """Whether it is one of `going_row`."""
    return row.marked_below == _GOING


def binding_row(vhost: str, binding: Binding) -> BindingRow:
    """The columns of `bindings`."""
    to_queue = int(isinstance(binding.destination, MessageQueue))
    ends = (binding.source.name, to_queue, binding.destination.name)
    return vhost, *ends, binding.routing_key, _packed(binding.arguments)


def message_row(id_: int, queued: QueuedMessage) -> tuple[Any, ...]:
    """The columns of `messages`."""
    message = queued.message
    header, body = message.header, message.body
    return (
        id_,
        column(message.exchange),
        column(message.routing_key),
        json.dumps(message.blind_keys) if message.blind_keys else None,
        queued.expires_at,
        queued.redelivered,
        queued.deliveries,
        zlib.crc32(body, zlib.crc32(header)),
        header,
        body,
    )


def queued_message(row: tuple[Any, ...], queue: MessageQueue, position: int) -> QueuedMessage:
    """The message of a row, as it was in `queue`.

    Raises:
        ValueError: the row is not what was written.
    """
    exchange, routing_key, blind_keys, expires_at, redelivered, deliveries = row[1:7]
    checksum, header, body = row[7:]
    if zlib.crc32(body, zlib.crc32(header)) != checksum:
        raise ValueError(f"message {position} of queue {queue.name!r} has a wrong checksum")
    keys = tuple(json.loads(blind_keys)) if blind_keys else ()
    message = Message(
        intern(from_column(exchange)),
        intern(from_column(routing_key)),
        body,
        header,
        blind_keys=keys,
    )
    queued = QueuedMessage(queue, message, position, expires_at, weight(message))
    queued.redelivered = bool(redelivered)
    queued.deliveries = deliveries
    return queued


def _packed(arguments: Mapping[str, Any]) -> bytes:
    """Arguments as `decode_table` reads them."""
    return encode_table(arguments)[_LENGTH_SIZE:]
