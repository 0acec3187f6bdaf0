"""Somebody who stands between what is decided about a message and its being done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.decision import ConversionNeeded, Ruling
from hubemu.dispatcher.delivery import Delivery

__all__ = ["INTERPOSED", "Holdable", "MessageInterposer", "ReportOn"]

INTERPOSED = "fault"
"""The step of a trace that tells what an interposer did."""


class Holdable(Protocol):
    """A message that may be held back: others go on, and it stays unacknowledged."""

    delivery: Delivery

    def go_on(self) -> bool:
        """Have it judged again, those that go on first before the others.

        Returns:
            Whether it will be; not if the broker was lost meanwhile: then it comes again.
        """


ReportOn: TypeAlias = Mapping[str, Any] | None
"""The message that a report is about, as far as it was read."""


class MessageInterposer(Protocol):
    """Is asked about each message, in the middle of the dispatcher's work: it never waits."""

    def judged(
        self, message: Holdable, verdict: Ruling | ConversionNeeded, context: VHostContext
    ) -> Ruling | ConversionNeeded | None:
        """The verdict that counts instead; `None`: held, until `message.go_on()`.

        Steps `INTERPOSED` that it has added to the trace of the verdict say why.
        """

    def ruled(self, delivery: Delivery, ruling: Ruling, context: VHostContext) -> Ruling:
        """The ruling that is carried out instead, conversions being done."""

    def loses_report(
        self, delivery: Delivery, sender: str, about: ReportOn, context: VHostContext
    ) -> bool:
        """Whether the error report on a message, or on a dead letter, is not sent.

        Args:
            delivery: what came from the broker.
            sender: the routing key of the message.
            about: what the report would quote.
            context: the vHost.
        """
