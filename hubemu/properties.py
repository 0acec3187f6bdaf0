"""The AMQP basic properties of a message, the same for both engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PERSISTENT", "Properties"]

PERSISTENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """AMQP 0-9-1 basic properties; `None` means absent on the wire.

    `headers` is an AMQP field table as plain Python values, `expiration` milliseconds as text,
    `timestamp` seconds since the epoch.
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
