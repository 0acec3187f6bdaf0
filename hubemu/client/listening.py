"""Following one queue for a while: what `hubemu listen` does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubemu.client.connection import Endpoint, connect
from hubemu.client.received import ReceivedMessage
from hubemu.documents import summary_of

__all__ = ["Listening", "row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What to follow and until when: `count` messages or `timeout` seconds, `None` for no end."""

    queue: str
    ack: bool = False
    count: int | None = None
    timeout: float | None = None

    async def run(self, endpoint: Endpoint, show: Callable[[dict[str, Any]], None]) -> int:
        """Hand each message to `show` as a row; gives how many came.

        Raises:
            StartError: the Hub cannot be reached.
            CheckFailed: it refuses the client, or ends the consumer.
        """
        seen = 0
        async with connect(endpoint) as client:
            # One at a time when they are acknowledged, so that none is taken that is not shown.
            inbox = await client.consume(self.queue, prefetch=1 if self.ack else 0)
            try:
                async with asyncio.timeout(self.timeout):
                    while self.count is None or seen < self.count:
                        delivery = await inbox.next()
                        show(row(delivery))
                        if self.ack:
                            await inbox.ack(delivery)
                        seen += 1
            except TimeoutError:
                return seen
        return seen


def row(delivery: ReceivedMessage) -> dict[str, Any]:
    """A delivery as plain values, ready for JSON."""
    properties = delivery.properties
    seen = summary_of(delivery.body, properties.content_type)
    code = {"statusCode": seen.status_code, "statusString": seen.status_string}
    return {
        "queue": delivery.queue,
        "distributionID": seen.distribution_id,
        "sender": seen.sender,
        "recipient": seen.recipient,
        "kind": seen.kind,
        "content": seen.content,
        "reference": seen.reference,
        "errorCode": code if seen.status_code is not None else None,
        "errorCause": seen.cause,
        "redelivered": delivery.redelivered,
        "properties": properties.to_json(),
        "body": delivery.body.decode("utf-8", "replace"),
    }
