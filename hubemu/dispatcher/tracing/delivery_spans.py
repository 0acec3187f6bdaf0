"""The spans of one delivery, from its being taken until it is settled."""

from __future__ import annotations

from collections import defaultdict, deque

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.util.types import AttributeValue

from hubemu.confirmation import Confirmation
from hubemu.dispatcher.decision import Ruling
from hubemu.dispatcher.delivery import Delivery, Publication
from hubemu.dispatcher.tracing.carrying import context_in, with_context

__all__ = ["Passage", "confirmed"]


class Passage:
    """A delivery's span `process QUEUE`, and below it one `publish QUEUE` for each publication.

    The context that goes on in the headers of a publication is that of its own span.
    """

    def __init__(self, tracer: Tracer, queue: str, delivery: Delivery) -> None:
        self.delivery = delivery
        self._tracer = tracer
        self._judged = False
        self._announced: defaultdict[str, deque[Span]] = defaultdict(deque)
        self._span = tracer.start_span(
            f"process {queue}",
            context_in(delivery.header),
            SpanKind.CONSUMER,
            _about(delivery, queue, "process"),
        )
        self.context = set_span_in_context(self._span, Context())

    def ruled(self, ruling: Ruling) -> Ruling:
        """The ruling, its publications carrying the context on; what it says is told."""
        self.told(ruling)
        self._announced.clear()
        ruling.publications = tuple(map(self.announced, ruling.publications))
        return ruling

    def told(self, ruling: Ruling) -> None:
        """What a ruling says stands in the span."""
        self._judged = True
        self._span.set_attributes(_of_ruling(ruling))
        if ruling.rejection is not None:
            code = ruling.rejection.code
            self._span.set_attribute("error.type", code.name)
            self._span.set_status(Status(StatusCode.ERROR, f"{code.value} {code.name}"))

    def announced(self, publication: Publication) -> Publication:
        """A publication that will be made, carrying the context of its span."""
        span = self._publishing(publication.routing_key)
        self._announced[publication.routing_key].append(span)
        header = with_context(publication.header, set_span_in_context(span, Context()))
        return Publication(publication.routing_key, publication.body, header, publication.mandatory)

    def published(self, queue: str) -> Span:
        """The span of a publication that is being made."""
        announced = self._announced[queue]
        return announced.popleft() if announced else self._publishing(queue)

    def end(self, how: str) -> None:
        """It is settled: `ack`, `drop`, `put_back`, or `comes_again` as the link was lost."""
        self._span.set_attribute("hubemu.settled", how)
        if how == "drop" and not self._judged:
            self._span.set_status(Status(StatusCode.ERROR, "a fault of the dispatcher"))
        self._span.end()

    def _publishing(self, queue: str) -> Span:
        return self._tracer.start_span(
            f"publish {queue}",
            self.context,
            SpanKind.PRODUCER,
            _about(self.delivery, queue, "send"),
        )


def confirmed(span: Span, confirmation: Confirmation) -> None:
    """The broker said what became of a publication."""
    if confirmation is not Confirmation.ACCEPTED:
        span.set_attribute("error.type", confirmation.value)
        span.set_status(Status(StatusCode.ERROR, confirmation.value))
    span.end()


def _about(delivery: Delivery, queue: str, operation: str) -> dict[str, AttributeValue]:
    """Attributes by the semantic conventions of messaging, and our own."""
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
        "messaging.destination.name": queue,
        "messaging.rabbitmq.destination.routing_key": delivery.routing_key,
        "messaging.message.body.size": len(delivery.body),
        "hubemu.vhost": delivery.vhost,
        "hubemu.message.id": delivery.id,
    }


def _of_ruling(ruling: Ruling) -> dict[str, AttributeValue]:
    told: dict[str, AttributeValue] = {"hubemu.outcome": ruling.outcome}
    if (message := ruling.subject.envelope) is not None:
        told["messaging.message.conversation_id"] = message.distribution_id
        told["hubemu.recipient"] = message.recipient_id
        told["hubemu.type"] = message.type.name
    return told
