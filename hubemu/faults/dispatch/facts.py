"""A message as rules see it."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.dispatcher.decision import queue_of
from hubemu.dispatcher.delivery import Delivery
from hubemu.dispatcher.interposing import ReportOn
from hubemu.faults.matching import Event
from hubemu.messages import Envelope

__all__ = ["event_of", "id_of", "reported_event"]


def event_of(delivery: Delivery, envelope: Envelope | None) -> Event:
    """A message of `dispatch`; of one that could not be read only vHost and sender are known."""
    sender = delivery.routing_key
    if envelope is None:
        return Event(vhost=delivery.vhost, sender=sender, clients=(sender,))
    recipient = envelope.recipient_id
    return Event(
        vhost=delivery.vhost,
        sender=sender,
        recipient=recipient,
        type=envelope.type.name,
        kind=envelope.kind,
        queue=queue_of(envelope),
        clients=(sender, recipient),
    )


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
