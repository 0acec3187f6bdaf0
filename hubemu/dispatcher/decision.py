"""The dispatcher's verdict on a message: a pure function of the message, its vHost and the time.

Nothing here publishes, waits or counts. A conversion is asked for by returning `ConversionNeeded`;
the driver has it made and calls `resume`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec.structs import replace

from hubemu.broker.wire.rewriting import passed_on
from hubemu.dispatcher.checks import (
    CHECKS,
    ConversionRequest,
    Subject,
    cisu_conversion,
    conformity,
    unwritable,
)
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import ConversionFailed
from hubemu.dispatcher.copies import further_queues, without_copies
from hubemu.dispatcher.delivery import (
    ORIGINAL_KEY,
    Delivery,
    ErrorCode,
    Publication,
    Rejection,
    Unhandled,
)
from hubemu.dispatcher.quoting import Quotable, read_returned, seen_in
from hubemu.dispatcher.unread_message import NOTHING_SEEN, Glimpse, source_tree
from hubemu.edxl import CONTENT_TYPES
from hubemu.journal.entry import Step
from hubemu.messages import Envelope, Release, UnreadableMessage, UnwritableMessage

__all__ = [
    "MAX_DETAIL",
    "ConversionNeeded",
    "Now",
    "Ruling",
    "decide",
    "queue_of",
    "quoted",
    "rejected",
    "resume",
    "undeliverable",
]

Now = Callable[[], float]
"""Tells the time in seconds since the epoch: `Clock.now`."""

_NAMED = tuple((check.__name__.replace("_", " "), check) for check in CHECKS)
_BEYOND_CONVERSION = _NAMED[CHECKS.index(cisu_conversion) + 1 :]
_QUEUE_KINDS = {"Ack": "ack", "Error": "info"}
MAX_DETAIL = 4_000
"""Characters of a detail kept in a trace."""


class Ruling(msgspec.Struct):
    """What is to be done with a message.

    `publications` go to the recipient (`routed`); a `rejection` goes to the sender (`rejected`, or
    `dead-lettered` if it counts as dead in its queue); `dropped` goes to nobody. `quoted` is what
    a report on a message that came back quotes. `subject` holds what was learnt on the way,
    `trace` each check with its time.
    """

    outcome: Literal["routed", "rejected", "dead-lettered", "dropped"]
    subject: Subject
    trace: list[Step]
    publications: tuple[Publication, ...] = ()
    rejection: Rejection | None = None
    quoted: Quotable = None


@dataclass(slots=True)
class ConversionNeeded:
    """The message waits for its conversion; `resume` goes on."""

    request: ConversionRequest
    subject: Subject
    trace: list[Step] = field(default_factory=list)


def decide(delivery: Delivery, context: VHostContext, now: Now) -> Ruling | ConversionNeeded:
    """Judge one message of `dispatch`.

    Returns:
        The ruling, or the conversion that must be made first.
    """
    subject = Subject(delivery)
    trace: list[Step] = []
    at = now()
    try:
        for name, check in _NAMED:
            told = check(subject, context, at)
            if told is None:
                trace.append((name, at, ""))
            elif isinstance(told, str):
                trace.append((name, at, told))
            else:
                return ConversionNeeded(told, subject, trace)
            if check is conformity:
                at = now()  # all others take no time worth telling
        publication = _forwarded(subject, context, trace, at)
    except Rejection as rejection:
        return rejected(subject, rejection, trace, now)
    except Unhandled as unhandled:
        trace.append(("dropped", now(), unhandled.reason))
        return Ruling("dropped", subject, trace)
    return Ruling("routed", subject, trace, (publication,))


def resume(
    needed: ConversionNeeded,
    answer: Sequence[bytes] | ConversionFailed,
    context: VHostContext,
    now: Now,
) -> Ruling:
    """Go on with the messages, in JSON, that the conversion gave; none of them means none is sent.

    They are read, not validated (facts: converter 4); each passes the remaining checks. One that
    is refused refuses the message as a whole, so that a sender never hears of half of it.
    """
    subject, trace = needed.subject, needed.trace
    trace.append((cisu_conversion.__name__.replace("_", " "), now(), _told(answer)))
    try:
        if isinstance(answer, ConversionFailed):
            raise _conversion_failed(str(answer), subject.message.distribution_id)
        publications = tuple(
            _converted(
                msgspec.structs.replace(subject, format="json"), message, context, now, trace
            )
            for message in answer
        )
    except Rejection as rejection:
        return rejected(subject, rejection, trace, now)
    return Ruling("routed" if publications else "dropped", subject, trace, publications)


def undeliverable(
    ruling: Ruling, publication: Publication, context: VHostContext, now: Now
) -> Ruling:
    """The ruling on a message whose publication the broker gave back: no such queue.

    It is told and quoted as it was forwarded (facts: hub 11).
    """
    quoted, referenced = read_returned(publication, context)
    rejection = Rejection(
        ErrorCode.UNROUTABLE_MESSAGE,
        f"unable do deliver message to {publication.routing_key}, cause was NO_ROUTE (312)",
        referenced,
        returned=True,
    )
    made = rejected(ruling.subject, rejection, ruling.trace, now)
    return replace(made, quoted=quoted)


def quoted(ruling: Ruling, release: Release) -> tuple[Quotable, Glimpse]:
    """What the report of a refusal quotes, and what a message that was not read says of itself."""
    subject = ruling.subject
    if subject.envelope is None:
        return seen_in(subject.delivery.body, subject.format, release)
    if ruling.rejection is not None and ruling.rejection.returned:
        return ruling.quoted, NOTHING_SEEN
    return source_tree(subject.delivery.body, subject.format), NOTHING_SEEN


def queue_of(message: Envelope) -> str:
    """The recipient's queue a message goes to, by its distributionKind (facts: hub 3)."""
    return f"{message.recipient_id}.{_QUEUE_KINDS.get(message.kind, 'message')}"


def _converted(
    subject: Subject, edxl: bytes, context: VHostContext, now: Now, trace: list[Step]
) -> Publication:
    try:
        subject.envelope = context.release.read(edxl, "json")
    except UnreadableMessage as error:
        raise _conversion_failed(
            "its answer cannot be read", subject.message.distribution_id, remark=error.cause
        ) from error
    for name, check in _BEYOND_CONVERSION:
        at = now()
        told = check(subject, context, at)
        trace.append((name, at, told if isinstance(told, str) else ""))
    return _forwarded(subject, context, trace, now())


def _conversion_failed(text: str, referenced_id: str, *, remark: str = "") -> Rejection:
    cause = f"Error during internal call to Hub Santé conversion service: {text}"
    return Rejection(ErrorCode.INVALID_MESSAGE, cause, referenced_id, remark=remark)


def _forwarded(
    subject: Subject, context: VHostContext, trace: list[Step], at: float
) -> Publication:
    """The message as its recipient wants it, everything else of it kept (facts: hub 4 step 10)."""
    message, delivery = subject.message, subject.delivery
    written = context.format_for(message.recipient_id)
    try:
        body = context.release.write(message, written)
    except UnwritableMessage as error:
        raise unwritable(message, error) from error
    header = passed_on(
        delivery.header,
        CONTENT_TYPES[written],
        (ORIGINAL_KEY, delivery.routing_key),
        subject.expiration,
    )
    if further := further_queues(header):
        if "cc-passed-on" in context.quirks:
            trace.append(("cc passed on", at, ", ".join(further)[:MAX_DETAIL]))
        else:
            header = without_copies(header)
    return Publication(queue_of(message), body, header)


def rejected(subject: Subject, rejection: Rejection, trace: list[Step], now: Now) -> Ruling:
    """The ruling that a message is refused; its trace tells why."""
    detail = f"{rejection.code.value} {rejection.status}: {rejection.cause}"
    if rejection.remark:
        detail = f"{detail} [{rejection.remark}]"
    if len(detail) > MAX_DETAIL:
        detail = f"{detail[:MAX_DETAIL]}..."
    trace.append(("rejected", now(), detail))
    # From here on it is told, not raised: what it was raised in must not live, and go round in a
    # circle, until the collector comes, who would hold the loop for it.
    rejection.__traceback__ = rejection.__cause__ = rejection.__context__ = None
    return Ruling("rejected", subject, trace, rejection=rejection)


def _told(answer: Sequence[bytes] | ConversionFailed) -> str:
    if isinstance(answer, ConversionFailed):
        return "the conversion service did not convert it"
    return f"the conversion service gave {len(answer)} message(s)"
