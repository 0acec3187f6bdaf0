"""A message as a consumer gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubemu.properties import Properties

if TYPE_CHECKING:
    from aiormq.abc import DeliveredMessage

__all__ = ["ReceivedMessage", "received"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMessage:
    """One delivery from `queue`; `tag` is what it is acknowledged by."""

    queue: str
    body: bytes
    properties: Properties
    routing_key: str
    redelivered: bool
    tag: int


def received(queue: str, delivered: DeliveredMessage) -> ReceivedMessage:
    """The delivery that aiormq hands over, in our terms."""
    return ReceivedMessage(
        queue=queue,
        body=delivered.body,
        properties=_properties(delivered),
        routing_key=delivered.routing_key or "",
        redelivered=bool(delivered.redelivered),
        tag=delivered.delivery_tag or 0,
    )


def _properties(delivered: DeliveredMessage) -> Properties:
    given = delivered.header.properties
    timestamp = given.timestamp
    return Properties(
        content_type=given.content_type,
        content_encoding=given.content_encoding,
        headers=dict(given.headers) if given.headers else None,
        delivery_mode=given.delivery_mode,
        priority=given.priority,
        correlation_id=given.correlation_id,
        reply_to=given.reply_to,
        expiration=given.expiration,
        message_id=given.message_id,
        timestamp=int(timestamp.timestamp()) if timestamp else None,
        type=given.message_type,
        user_id=given.user_id,
        app_id=given.app_id,
        cluster_id=given.cluster_id,
    )
