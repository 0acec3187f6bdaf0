"""Where a vHost's deliveries come from and go to: the broker, as its dispatcher sees it.

Rules:
1. What was taken is settled once: acknowledged, dropped, or put back.
2. `publish` answers at once where the broker does, or `None`; then `later` is called, once, unless
   the outlet is lost before. A lost outlet settles nothing more: what was not settled comes again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from hubemu.confirmation import Confirmation
from hubemu.dispatcher.delivery import Delivery, Publication
from hubemu.journal.entry import ReportToken

__all__ = ["Later", "Origin", "Outlet", "Taken", "WrapOutlet"]

Taken: TypeAlias = Any
"""What the outlet handed over, as only the outlet understands it."""
Origin: TypeAlias = Delivery | ReportToken
"""What a publication is made of: the message that goes on, or a report about one."""
Later: TypeAlias = Callable[[Confirmation], None]


class Outlet(Protocol):
    """The broker's side of one vHost."""

    def read(self, queue: str, taken: Taken) -> Delivery:
        """What was taken off `queue`, under its id in the journal.

        `redelivered` of it says that it may have been treated before.
        """

    def second_copy(self, publication: Publication) -> Publication:
        """The publication as it is to be made of a delivery that may have been treated before."""

    def publish(self, publication: Publication, of: Origin, later: Later) -> Confirmation | None:
        """Publish to the exchange `distribution`."""

    def ack(self, queue: str, taken: Taken) -> None:
        """It is done with."""

    def drop(self, queue: str, taken: Taken) -> None:
        """It is refused and does not come again."""

    def put_back(self, queue: str, taken: Taken, delivery: Delivery) -> None:
        """It goes back to its queue and comes again, under the same id in the journal."""

    def hold(self, queue: str, count: int) -> None:
        """So many deliveries of a queue are held for long: they take no room from others."""

    def comes_again(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """The outlet is lost before this was settled; `in_doubt` if publications may be out."""


WrapOutlet: TypeAlias = Callable[[str, Outlet], Outlet]
"""Gets a vHost and its outlet; gives the one that its dispatcher uses instead.

What it holds back of a publication it answers `None` for, and calls `later` when it goes on;
`comes_again` tells which are not to go on any more.
"""
