"""A message as rules see it."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.dispatcher.decision import queue_of
from hubemu.dispatcher.delivery import Delivery
from hubemu.dispatcher.interposing import ReportOn
from hubemu.faults.matching import Event
from hubemu.messages import Envelope

__all__ = ["MessageEvent", "id_of", "reported_event"]


class MessageEvent:
    """A message of `dispatch`, a `Happening`; of one not read only vHost and sender are known.

    What a rule does not look at is not found out: it is made for each message.
    """

    __slots__ = ("_envelope", "sender", "vhost")

    def __init__(self, delivery: Delivery, envelope: Envelope | None) -> None:
        self.vhost = delivery.vhost
        self.sender = delivery.routing_key
        self._envelope = envelope

    @property
    def recipient(self) -> str | None:
        """See `Happening`."""
        return None if self._envelope is None else self._envelope.recipient_id

    @property
    def type(self) -> str | None:
        """See `Happening`."""
        return None if self._envelope is None else self._envelope.type.name

    @property
    def kind(self) -> str | None:
        """See `Happening`."""
        return None if self._envelope is None else self._envelope.kind

    @property
    def queue(self) -> str | None:
        """See `Happening`."""
        return None if self._envelope is None else queue_of(self._envelope)

    @property
    def clients(self) -> tuple[str, ...]:
        """See `Happening`."""
        if self._envelope is None:
            return (self.sender,)
        return (self.sender, self._envelope.recipient_id)

    @property
    def stream(self) -> tuple[str, str]:
        """See `Happening`."""
        return self.vhost, self.sender


def reported_event(delivery: Delivery, sender: str, about: ReportOn) -> Event:
    """The message that a report is about; its sender is the one who would be told."""
    if isinstance(about, Envelope):
        recipient, queue = about.recipient_id, queue_of(about)
        return Event(
            vhost=delivery.vhost,
            sender=sender,
            recipient=recipient,
            type=about.type.name,
            kind=about.kind,
            queue=queue,
            clients=(sender, recipient),
        )
    kind = about.get("distributionKind") if isinstance(about, Mapping) else None
    return Event(
        vhost=delivery.vhost,
        sender=sender,
        kind=kind if isinstance(kind, str) else None,
        clients=(sender,),
    )


def id_of(envelope: Envelope | None, extracted: str) -> str:
    """The distributionID of a message, or what stands for it in one that was not read."""
    return extracted if envelope is None else envelope.distribution_id
