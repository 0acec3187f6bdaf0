"""Messages that died in a client's queue: their sender is told (facts: hub 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubemu.broker.wire.properties import content_type, headers
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.delivery import ORIGINAL_KEY, Delivery, ErrorCode, Rejection
from hubemu.dispatcher.unread_message import source_tree
from hubemu.edxl import JSON
from hubemu.journal.entry import dead_letter_cause
from hubemu.messages import Format, MessageError
from hubemu.messages.refusals import extract_id

__all__ = ["DeadLetterRuling", "decide_dead_letter"]

_FIRST_REASON, _FIRST_QUEUE = "x-first-death-reason", "x-first-death-queue"
_UNREAD_REPORT = "an error report that nobody read"
_BROKEN_BY_FORWARDING = "not valid in the form it was forwarded (quirk silent-dead-letter)"


@dataclass(frozen=True, slots=True)
class DeadLetterRuling:
    """Who is told what of a dead letter; nobody without a `rejection`, `remark` then says why."""

    sender: str
    rejection: Rejection | None = None
    source: dict[str, Any] | None = None
    remark: str = ""


def decide_dead_letter(delivery: Delivery, context: VHostContext) -> DeadLetterRuling:
    """Judge one message of `dispatch.dlq`.

    It is checked against the schemas again, as it was forwarded; if it fails, nobody is told
    (quirk `silent-dead-letter`, facts: hub 11).
    """
    told = headers(delivery.header) or {}
    sender = told.get(ORIGINAL_KEY)
    if sender is None and str(told.get(_FIRST_QUEUE)).endswith(".info"):
        return DeadLetterRuling("", remark=_UNREAD_REPORT)
    if not isinstance(sender, str):
        return DeadLetterRuling("", remark=f"no header {ORIGINAL_KEY} says who sent it")
    if sender.endswith(".info"):
        return DeadLetterRuling(sender, remark=_UNREAD_REPORT)
    written: Format = "json" if content_type(delivery.header) == JSON else "xml"
    silent = "silent-dead-letter" in context.quirks
    read = context.release.parse if silent else context.release.read
    try:
        referenced = read(delivery.body, written).distribution_id
    except MessageError as error:
        if silent:
            return DeadLetterRuling(sender, remark=f"{_BROKEN_BY_FORWARDING}: {error.cause}")
        referenced = extract_id(delivery.body)
    rejection = Rejection(
        ErrorCode.DEAD_LETTER_QUEUED,
        dead_letter_cause(referenced, told.get(_FIRST_REASON)),
        referenced,
    )
    return DeadLetterRuling(sender, rejection, source_tree(delivery.body, written))
