"""The outlet of a vHost whose deliveries are traced."""

from __future__ import annotations

from collections.abc import Callable

from opentelemetry.trace import Span

from hubemu.confirmation import Confirmation
from hubemu.dispatcher.delivery import Delivery, Publication
from hubemu.dispatcher.outlet import Later, Origin, Outlet, Taken
from hubemu.dispatcher.tracing.delivery_spans import Passage, confirmed
from hubemu.journal.entry import ReportToken

__all__ = ["TracedOutlet"]


class TracedOutlet:
    """Begins a passage at each delivery, ends it as it is settled (see `Outlet`).

    Args:
        outlet: does the work.
        passages: those under way, by the id of their message.
        begin: makes one, of a queue and a delivery.
    """

    def __init__(
        self,
        outlet: Outlet,
        passages: dict[str, Passage],
        begin: Callable[[str, Delivery], Passage],
    ) -> None:
        self._outlet = outlet
        self._passages = passages
        self._begin = begin
        self._taken: dict[int, Passage] = {}

    def read(self, queue: str, taken: Taken) -> Delivery:
        """See `Outlet`."""
        delivery = self._outlet.read(queue, taken)
        passage = self._begin(queue, delivery)
        self._passages[delivery.id] = self._taken[id(taken)] = passage
        return delivery

    def second_copy(self, publication: Publication) -> Publication:
        """See `Outlet`."""
        return self._outlet.second_copy(publication)

    def publish(self, publication: Publication, of: Origin, later: Later) -> Confirmation | None:
        """See `Outlet`."""
        report = isinstance(of, ReportToken)
        passage = self._passages.get(of.entry_id if isinstance(of, ReportToken) else of.id)
        if passage is None:
            return self._outlet.publish(publication, of, later)
        if report:
            publication = passage.announced(publication)
        span = passage.published(publication.routing_key)
        confirmation = self._outlet.publish(publication, of, _telling(span, later))
        if confirmation is not None:
            confirmed(span, confirmation)
        return confirmation

    def ack(self, queue: str, taken: Taken) -> None:
        """See `Outlet`."""
        self._outlet.ack(queue, taken)
        self._end(taken, "ack")

    def drop(self, queue: str, taken: Taken) -> None:
        """See `Outlet`."""
        self._outlet.drop(queue, taken)
        self._end(taken, "drop")

    def put_back(self, queue: str, taken: Taken, delivery: Delivery) -> None:
        """See `Outlet`."""
        self._outlet.put_back(queue, taken, delivery)
        self._end(taken, "put_back")

    def hold(self, queue: str, count: int) -> None:
        """See `Outlet`."""
        self._outlet.hold(queue, count)

    def comes_again(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """See `Outlet`."""
        self._outlet.comes_again(delivery, in_doubt=in_doubt)
        if (passage := self._passages.get(delivery.id)) is not None:
            self._forget(passage, "comes_again")

    def _end(self, taken: Taken, how: str) -> None:
        if (passage := self._taken.pop(id(taken), None)) is not None:
            self._forget(passage, how)

    def _forget(self, passage: Passage, how: str) -> None:
        passage.end(how)
        if self._passages.get(passage.delivery.id) is passage:
            del self._passages[passage.delivery.id]


def _telling(span: Span, later: Later) -> Later:
    def told(confirmation: Confirmation) -> None:
        confirmed(span, confirmation)
        later(confirmation)

    return told
