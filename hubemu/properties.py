"""The AMQP basic properties of a message, the same for both engines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

__all__ = ["PERSISTENT", "Properties", "as_json"]

PERSISTENT = 2


class Properties(msgspec.Struct, frozen=True, kw_only=True):
    """AMQP 0-9-1 basic properties; `None` means absent on the wire.

    `headers` is an AMQP field table as plain Python values, `expiration` milliseconds as text,
    `timestamp` seconds since the epoch. Nothing in it changes, so one value may be many messages'.
    """

    content_type: str | None = None
    content_encoding: str | None = None
    headers: Mapping[str, Any] | None = None
    delivery_mode: int | None = None
    priority: int | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    expiration: str | None = None
    message_id: str | None = None
    timestamp: int | None = None
    type: str | None = None
    user_id: str | None = None
    app_id: str | None = None
    cluster_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The properties that are there, as values that JSON can carry."""
        values = msgspec.structs.asdict(self).items()
        return {name: as_json(value) for name, value in values if value is not None}


def as_json(value: Any) -> Any:
    """A value of an AMQP field table as JSON can carry it."""
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
