"""Spans of messages in their recipient's queue, from their being routed to their end there.

They follow the journal, which knows what becomes of messages on the embedded broker; RabbitMQ tells
nobody of acknowledgements, so there are none beside it.
"""

from __future__ import annotations

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from hubemu.dispatcher.tracing.carrying import context_in
from hubemu.journal import Entry, Outcome

__all__ = ["QueueSpans"]

_MOST = 10_000
"""Spans held open at most, as the journal holds messages."""


class QueueSpans:
    """One span `settle QUEUE` for each message that waits in a queue or at its recipient."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[str, Span] = {}

    def told(self, entry: Entry, outcome: Outcome) -> None:
        """A message came to an outcome."""
        if outcome == "routed":
            self._begin(entry)
        elif (span := self._open.get(entry.id)) is None:
            return
        elif outcome == "delivered":
            span.add_event("delivered")
        else:
            self._end(entry.id, outcome)

    def end_all(self, why: str) -> None:
        """End those that are open."""
        for entry_id in list(self._open):
            self._end(entry_id, why)

    def _begin(self, entry: Entry) -> None:
        if not entry.forwarded:
            return
        if len(self._open) >= _MOST:
            self._end(next(iter(self._open)), "followed no further")
        self._open[entry.id] = self._tracer.start_span(
            f"settle {entry.queue}",
            context_in(entry.forwarded[0].header),
            SpanKind.CONSUMER,
            {
                "messaging.system": "rabbitmq",
                "messaging.operation.type": "settle",
                "messaging.operation.name": "settle",
                "messaging.destination.name": entry.queue or "",
                "messaging.message.conversation_id": entry.distribution_id or "",
                "hubemu.vhost": entry.vhost,
                "hubemu.message.id": entry.id,
            },
        )

    def _end(self, entry_id: str, outcome: str) -> None:
        span = self._open.pop(entry_id)
        span.set_attribute("hubemu.outcome", outcome)
        if outcome in ("dead-lettered", "dropped"):
            span.set_status(Status(StatusCode.ERROR, outcome))
        span.end()
