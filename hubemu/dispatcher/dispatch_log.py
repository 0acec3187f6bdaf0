"""The books of one vHost: journal, metrics and log, told of each message once."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterable

from hubemu.dispatcher.checks import Subject
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.dead_letters import DeadLetterRuling
from hubemu.dispatcher.decision import MAX_DETAIL, Ruling
from hubemu.dispatcher.delivery import Delivery, ErrorCode, Rejection
from hubemu.dispatcher.metrics import Metrics
from hubemu.dispatcher.quoting import seen_in
from hubemu.dispatcher.unread_message import Glimpse
from hubemu.journal import Entry, Forwarded, Outcome
from hubemu.journal.entry import Step
from hubemu.journal.journal import Journal
from hubemu.messages import Envelope
from hubemu.routing import is_health
from hubemu.topology import DISPATCH

__all__ = ["INTERNAL_REASON", "DispatchLog"]

log = logging.getLogger(__name__)

INTERNAL_REASON = "INTERNAL_ERROR"
"""Label of failures that are ours, not the message's."""
_OTHER = "other"


class DispatchLog:
    """Writes down what the dispatcher did with the messages of a vHost."""

    def __init__(self, context: VHostContext, journal: Journal, metrics: Metrics) -> None:
        self._journal = journal
        self._metrics = metrics
        self.follow(context)

    def follow(self, context: VHostContext) -> None:
        """The vHost, or its clients, are as `context` says from now on."""
        self._context = context
        self._counted: dict[tuple[str, str | None], tuple[str, str, str, str]] = {}
        """The labels of a sender and a type, once met."""
        self._use_cases = {
            name: _reader_class(kind.key) for name, kind in context.release.types.items()
        }

    def open(self, delivery: Delivery, ruling: Ruling) -> Entry:
        """The journal's entry of a message, kept before it is published but told to nobody yet."""
        if log.isEnabledFor(logging.DEBUG):
            _log_body(delivery, ruling.subject.envelope)
        if not is_health(delivery.routing_key):
            _log_leniency(delivery, ruling)
        if ruling.outcome == "routed":
            entry = _entry(delivery, ruling.subject, ruling.trace, "routed")
            entry.unacknowledged = len(ruling.publications)
            at = ruling.trace[-1][1]
            for publication in ruling.publications:
                queue = publication.routing_key
                entry.queue = queue
                entry.forwarded.append(Forwarded(queue, publication.body, publication.header))
                entry.trace.append(("published", at, queue))
        else:
            entry = _entry(delivery, ruling.subject, ruling.trace)
        self._journal.add(entry)
        return entry

    def held(self, delivery: Delivery, subject: Subject, told: Iterable[Step]) -> None:
        """It is held back, as the steps tell; it comes to its ruling when it goes on."""
        entry = _entry(delivery, subject, told)
        entry.outcome = "held"
        if subject.envelope is None:
            _, seen = seen_in(delivery.body, subject.format, self._context.release)
            _note_what_was(seen, entry)
        self._journal.add(entry)
        self._journal.tell(entry)

    def routed(self, entry: Entry, seconds: float) -> None:
        """Its publications were accepted."""
        self._count_dispatched(entry)
        self._metrics.dispatch_time.took(seconds)
        self._journal.tell(entry)

    def undeliverable(self, entry: Entry, ruling: Ruling, position: int) -> None:
        """The publication at `position` and those after it did not reach a queue.

        The real dispatcher counts it as dispatched all the same (facts: hub 11).
        """
        self._count_dispatched(entry)
        del entry.forwarded[position:]
        entry.trace.append(ruling.trace[-1])

    def dropped(self, entry: Entry, seen: Glimpse, seconds: float) -> None:
        """Nothing comes of it, and nobody is told; the last step of its trace says why."""
        log.info("%s from %s dropped: %s", entry.id, entry.sender, entry.trace[-1][2])
        _note_what_was(seen, entry)
        self._metrics.dispatch_time.took(seconds)
        self._journal.tell(entry)

    def rejected(
        self,
        entry: Entry,
        rejection: Rejection,
        seen: Glimpse,
        seconds: float,
        outcome: Outcome = "rejected",
    ) -> None:
        """It was refused, or counts as dead; `seen` is what an unread message says of itself."""
        code = rejection.code
        log.info("%s from %s refused: %d %s", entry.id, entry.sender, code, code.name)
        entry.outcome = outcome
        self._journal.explain(entry, (rejection.code.value, rejection.status), rejection.cause)
        entry.queue = None
        if code is ErrorCode.NOT_ALLOWED_CONTENT_TYPE:
            entry.format = None
        _note_what_was(seen, entry)
        self._count(rejection, entry.sender, entry.id)
        self._metrics.dispatch_time.took(seconds)
        self._journal.tell(entry)

    def reported(self, entry_id: str, queue: str, *, accepted: bool) -> None:
        """Its error report was published to `queue`, or lost for want of that queue."""
        if accepted:
            self._journal.note(entry_id, "error report sent", queue)
        else:
            log.warning("no queue %s: the error report on %s is lost", queue, entry_id)
            self._journal.note(entry_id, "error report lost", f"there is no queue {queue}")

    def dead_letter(self, delivery: Delivery, ruling: DeadLetterRuling, seconds: float) -> None:
        """A dead letter was treated: its sender was told, or nobody."""
        if ruling.rejection is not None:
            self._count(ruling.rejection, ruling.sender, delivery.id)
        else:
            self._journal.note(delivery.id, "dead letter dropped", ruling.remark)
        self._metrics.dead_letter_time.took(seconds)

    def failed(self, delivery: Delivery, error: Exception, *, queue: str) -> None:
        """Something unexpected happened: a fault of ours, to be found again by the message's id."""
        log.error("message %s of %s was dropped by a fault", delivery.id, queue, exc_info=error)
        sender, editor = self._labels(delivery.routing_key)
        labels = INTERNAL_REASON, sender, self._context.name, editor
        self._metrics.failed(labels, delivery.id)
        if queue == DISPATCH:
            entry = self._journal.get(delivery.id)
            if entry is None:
                entry = _entry(delivery)
                self._journal.add(entry)
            entry.outcome = "dropped"
        detail = f"{type(error).__name__}: {error}"
        self._journal.note(delivery.id, "fault of the dispatcher", detail[:MAX_DETAIL])
        if (entry := self._journal.get(delivery.id)) is not None:
            self._journal.tell(entry)

    def _labels(self, sender: str) -> tuple[str, str]:
        if sender not in self._context.senders:
            return _OTHER, "unknown"
        return sender, self._context.editor(sender)

    def _count_dispatched(self, entry: Entry) -> None:
        kind = entry.sender, entry.type
        labels = self._counted.get(kind)
        if labels is None:
            sender, editor = self._labels(entry.sender)
            use_case = self._use_cases.get(entry.type or "", _OTHER)
            labels = sender, self._context.name, use_case, editor
            if sender is not _OTHER:  # a message must not make it grow
                self._counted[kind] = labels
        self._metrics.dispatched(labels, entry.id)

    def _count(self, rejection: Rejection, sender: str, message: str) -> None:
        told = self._context.told_of_errors(sender, returned=rejection.returned)
        known, editor = self._labels(told)
        self._metrics.failed((rejection.status, known, self._context.name, editor), message)


def _reader_class(key: str) -> str:
    """The name of the reader's class for a content, by which the real dispatcher counts it."""
    return "CustomMessage" if key == "customContent" else f"{key[:1].upper()}{key[1:]}Wrapper"


def _entry(
    delivery: Delivery,
    subject: Subject | None = None,
    steps: Iterable[Step] = (),
    outcome: Outcome = "dropped",
) -> Entry:
    """The entry of a message, as far as it was judged and read."""
    at = delivery.received_at
    recipient = distribution_id = kind = type_ = format_ = None
    if subject is not None:
        format_ = subject.format
        if (message := subject.envelope) is not None:
            recipient, distribution_id = message.recipient_id, message.distribution_id
            kind, type_ = message.kind, message.type.name
    return Entry(
        delivery.id,
        at,
        delivery.vhost,
        delivery.routing_key,
        delivery.body,
        delivery.header,
        outcome,
        [("received", at, "redelivered" if delivery.redelivered else ""), *steps],
        recipient,
        distribution_id,
        kind,
        type_,
        format_,
    )


def _note_what_was(seen: Glimpse, entry: Entry) -> None:
    """What an unread message says of itself, where the entry says nothing yet."""
    entry.distribution_id = entry.distribution_id or seen.distribution_id
    entry.recipient = entry.recipient or seen.recipient
    entry.kind = entry.kind or seen.kind
    entry.type = entry.type or seen.type


def _log_leniency(delivery: Delivery, ruling: Ruling) -> None:
    for step, _, told in ruling.trace:
        if told:
            log.info("%s from %s: %s: %s", delivery.id, delivery.routing_key, step, told)


def _log_body(delivery: Delivery, message: Envelope | None) -> None:
    digest = base64.b64encode(hashlib.sha256(delivery.body).digest()).decode("ascii")
    known = message.distribution_id if message is not None else None
    log.debug("message %s from %s: %s sha256=%s", delivery.id, delivery.routing_key, known, digest)
