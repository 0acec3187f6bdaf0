"""A delivery on its way through a lane."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from hubemu.dispatcher.amqp.link import Incoming
from hubemu.dispatcher.amqp.outbox import Outbox
from hubemu.dispatcher.decision import Ruling
from hubemu.dispatcher.delivery import Delivery
from hubemu.journal import Entry

__all__ = ["Job", "Work"]


@dataclass(frozen=True, slots=True)
class Work:
    """A delivery, when it was begun (perf_counter), and where its answers go."""

    outbox: Outbox
    incoming: Incoming
    delivery: Delivery
    started: float

    @property
    def seconds(self) -> float:
        """How long it took until now."""
        return perf_counter() - self.started


@dataclass(slots=True)
class Job:
    """A message of `dispatch` that was judged, its publications not all confirmed."""

    work: Work
    ruling: Ruling
    entry: Entry
    position: int = 0

    @property
    def outbox(self) -> Outbox:
        """Where its answers go."""
        return self.work.outbox

    @property
    def incoming(self) -> Incoming:
        """The delivery to be settled."""
        return self.work.incoming

    @property
    def delivery(self) -> Delivery:
        """What was judged."""
        return self.work.delivery

    @property
    def seconds(self) -> float:
        """How long it took until now."""
        return self.work.seconds
