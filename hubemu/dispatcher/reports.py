"""Error reports: what a sender reads in its `.info` queue (facts: hub 6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hubemu.broker.wire.properties import encode_properties
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.delivery import Publication, Rejection
from hubemu.edxl import CONTENT_TYPES
from hubemu.messages import UnwritableMessage, error_report
from hubemu.messages.releases.reporting import HUB_ID
from hubemu.messages.text.xml_text import without_forbidden
from hubemu.properties import PERSISTENT, Properties

__all__ = ["MAX_REPORT", "report"]

MAX_REPORT = 16 * 1024 * 1024
"""Bytes above which a report goes without the source it quotes: twice what a message may have."""


def report(
    rejection: Rejection,
    sender: str,
    source: dict[str, Any] | None,
    context: VHostContext,
    *,
    now: float,
    unique: str,
) -> Publication:
    """The report of a refusal, written as its recipient prefers.

    Args:
        rejection: what is told.
        sender: the routing key of the message refused.
        source: the message refused, as read or as far as a tree of it can be seen.
        context: the vHost.
        now: seconds since the epoch.
        unique: a UUID that no other report has.
    """
    recipient = context.told_of_errors(sender, returned=rejection.returned)
    written = context.format_for(recipient)

    def body(quoted: dict[str, Any] | None) -> bytes:
        envelope = error_report(
            context.release,
            distribution_id=f"{HUB_ID}_{unique}",
            recipient=recipient,
            code=rejection.code.value,
            status=rejection.status,
            cause=without_forbidden(rejection.cause),
            source=quoted,
            referenced_id=without_forbidden(rejection.referenced_id),
            now=datetime.fromtimestamp(now, UTC),
        )
        return context.release.write(envelope, written)

    try:
        content = body(source)
    except UnwritableMessage:
        # The source has what the format cannot hold, such as a control character in XML: its
        # sender must hear of the error all the same.
        content = b""
    if not 0 < len(content) <= MAX_REPORT:
        content = body(None)
    # No header tells an original sender: a report that dies in its queue is told to nobody.
    properties = Properties(content_type=CONTENT_TYPES[written], delivery_mode=PERSISTENT)
    return Publication(f"{recipient}.info", content, encode_properties(properties))
