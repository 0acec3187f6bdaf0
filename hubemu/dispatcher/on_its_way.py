"""A delivery on its way through the dispatcher, from its ruling until it is settled."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import msgspec

from hubemu.confirmation import Confirmation
from hubemu.dispatcher.dead_letters import DeadLetterRuling
from hubemu.dispatcher.decision import Ruling, quoted
from hubemu.dispatcher.delivery import Delivery, Rejection
from hubemu.dispatcher.outlet import Outlet, Taken
from hubemu.dispatcher.quoting import Quotable
from hubemu.journal import Entry
from hubemu.journal.entry import ReportToken
from hubemu.topology import DEAD_LETTERS, DISPATCH

if TYPE_CHECKING:
    from hubemu.dispatcher.vhost_dispatcher import VHostDispatcher

__all__ = ["OnItsWay", "TreatedDeadLetter", "TreatedMessage"]


class OnItsWay:
    """What both have: the delivery, where its answers go, when it was begun (perf_counter)."""

    __slots__ = ("_report_queue", "delivery", "outlet", "owner", "started", "taken")

    def __init__(
        self,
        owner: VHostDispatcher,
        outlet: Outlet,
        taken: Taken,
        delivery: Delivery,
        started: float,
    ) -> None:
        self.owner = owner
        self.outlet = outlet
        self.taken = taken
        self.delivery = delivery
        self.started = started
        self._report_queue = ""

    @property
    def seconds(self) -> float:
        """How long it took until now."""
        return perf_counter() - self.started

    def report(self, rejection: Rejection, sender: str, source: Quotable) -> None:
        """Tell the sender; `reported` goes on when the broker has the report."""
        owner, services = self.owner, self.owner.services
        interposer = services.interposer
        if interposer is not None and interposer.loses_report(
            self.delivery, sender, source, owner.context
        ):
            self.told()
            return
        publication = services.judge.report(
            rejection,
            sender,
            source,
            owner.context,
            now=owner.now(),
            unique=services.unique(owner.name),
        )
        if self.delivery.redelivered:
            publication = self.outlet.second_copy(publication)
        self._report_queue = publication.routing_key
        about = ReportToken(self.delivery.id)
        confirmation = self.outlet.publish(publication, about, self._reported_later)
        if confirmation is None:
            owner.waits(self)
        else:
            self._reported(confirmation)

    def _reported_later(self, confirmation: Confirmation) -> None:
        try:
            self._reported(confirmation)
        except Exception as error:
            self.fail(error)

    def _reported(self, confirmation: Confirmation) -> None:
        if confirmation is Confirmation.REFUSED:
            self.try_again()
            return
        accepted = confirmation is Confirmation.ACCEPTED
        self.owner.ledger.reported(self.delivery.id, self._report_queue, accepted=accepted)
        self.told()

    def told(self) -> None:
        """The sender knows: the delivery can be settled."""
        raise NotImplementedError

    def try_again(self) -> None:
        """The broker did not take a publication: the delivery comes again."""
        raise NotImplementedError

    def fail(self, error: Exception) -> None:
        """A fault of ours met it after it had waited."""
        raise NotImplementedError


class TreatedMessage(OnItsWay):
    """A message of `dispatch`."""

    __slots__ = ("_entry", "_position", "_ruling")

    _entry: Entry
    _ruling: Ruling

    def go_on(self) -> bool:
        """See `Holdable`."""
        return self.owner.goes_on(self)

    def carry_out(self, ruling: Ruling) -> None:
        """Publish what the ruling says, or tell the sender."""
        if (interposer := self.owner.services.interposer) is not None:
            ruling = interposer.ruled(self.delivery, ruling, self.owner.context)
        if self.delivery.redelivered:
            copies = tuple(map(self.outlet.second_copy, ruling.publications))
            ruling = msgspec.structs.replace(ruling, publications=copies)
        self._ruling = ruling
        self._position = 0
        self._entry = self.owner.ledger.open(self.delivery, ruling)
        self._publish_rest()

    def _publish_rest(self) -> None:
        """Publish what is next, until something must be waited for; then be done."""
        publications = self._ruling.publications
        while self._ruling.rejection is None and self._position < len(publications):
            publication = publications[self._position]
            confirmation = self.outlet.publish(publication, self.delivery, self._later)
            if confirmation is Confirmation.ACCEPTED:
                self._position += 1
            elif confirmation is None:
                self.owner.waits(self, more=self._position + 1 < len(publications))
                return
            elif not self._take(confirmation):
                return
        self._finish()

    def _later(self, confirmation: Confirmation) -> None:
        try:
            if self._take(confirmation):
                self._publish_rest()
        except Exception as error:
            self.fail(error)

    def _take(self, confirmation: Confirmation) -> bool:
        """What became of the publication in turn; False if the message comes again."""
        if confirmation is Confirmation.ACCEPTED:
            self._position += 1
        elif confirmation is Confirmation.REFUSED:
            self.try_again()
            return False
        else:
            owner, returned = self.owner, self._ruling.publications[self._position]
            judge = owner.services.judge
            self._ruling = judge.undeliverable(self._ruling, returned, owner.context, owner.now)
            owner.ledger.undeliverable(self._entry, self._ruling, self._position)
        return True

    def _finish(self) -> None:
        ruling, owner = self._ruling, self.owner
        if ruling.outcome == "routed":
            owner.ledger.routed(self._entry, self.seconds)
            owner.settled(self)
            self.outlet.ack(DISPATCH, self.taken)
            return
        source, seen = quoted(ruling, owner.context.release)
        if ruling.rejection is not None:
            owner.ledger.rejected(self._entry, ruling.rejection, seen, self.seconds, ruling.outcome)
            self.report(ruling.rejection, self.delivery.routing_key, source)
            return
        owner.ledger.dropped(self._entry, seen, self.seconds)
        owner.settled(self)
        self.outlet.ack(DISPATCH, self.taken)

    def told(self) -> None:
        """See `OnItsWay`."""
        self.owner.settled(self)
        self.outlet.drop(DISPATCH, self.taken)

    def try_again(self) -> None:
        """See `OnItsWay`."""
        self.owner.settled(self)
        self.outlet.put_back(DISPATCH, self.taken, self.delivery)

    def fail(self, error: Exception) -> None:
        """See `OnItsWay`."""
        self.owner.failed(DISPATCH, self, error)


class TreatedDeadLetter(OnItsWay):
    """A message of `dispatch.dlq`."""

    __slots__ = ("_ruling",)

    _ruling: DeadLetterRuling

    def carry_out(self, ruling: DeadLetterRuling) -> None:
        """Tell the sender, if anybody is to be told."""
        self._ruling = ruling
        if ruling.rejection is None:
            self.told()
        else:
            self.report(ruling.rejection, ruling.sender, ruling.source)

    def told(self) -> None:
        """See `OnItsWay`."""
        self.owner.ledger.dead_letter(self.delivery, self._ruling, self.seconds)
        self.owner.settled(self)
        self.outlet.ack(DEAD_LETTERS, self.taken)

    def try_again(self) -> None:
        """See `OnItsWay`."""
        self.owner.settled(self)
        self.outlet.put_back(DEAD_LETTERS, self.taken, self.delivery)

    def fail(self, error: Exception) -> None:
        """See `OnItsWay`."""
        self.owner.failed(DEAD_LETTERS, self, error)
