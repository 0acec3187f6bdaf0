"""A message as rules see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from hubemu.dispatcher.decision import queue_of
from hubemu.dispatcher.delivery import Delivery
from hubemu.dispatcher.interposing import ReportOn
from hubemu.faults.matching import KnownHappening, Match
from hubemu.messages import Envelope

__all__ = ["Meant", "MessageEvent", "event_of", "id_of", "meant_by", "reported_event"]

Meant: TypeAlias = "Callable[[Delivery, Envelope | None], bool]"
_Test: TypeAlias = "Callable[[str | None], bool]"
_PARTS: Mapping[str, Callable[[_Test], Meant]] = {
    "vhost": lambda test: lambda delivery, _: test(delivery.vhost),
    "sender": lambda test: lambda delivery, _: test(delivery.routing_key),
    "recipient": lambda test: lambda _, read: read is not None and test(read.recipient_id),
    "type": lambda test: lambda _, read: read is not None and test(read.type.name),
    "kind": lambda test: lambda _, read: read is not None and test(read.kind),
    "queue": lambda test: lambda _, read: read is not None and test(queue_of(read)),
    "client": lambda test: (
        lambda delivery, read: (
            test(delivery.routing_key) or (read is not None and test(read.recipient_id))
        )
    ),
}
"""What tells of a delivery, and of its envelope if it was read, whether a key of `match` holds."""


class MessageEvent(msgspec.Struct, gc=False):
    """A message of `dispatch`, a `Happening`; of one not read only vHost and sender are known.

    It is made for each that a rule strikes: what takes time is found out when asked for.
    """

    vhost: str
    sender: str
    envelope: Envelope | None
    recipient: str | None = None
    type: str | None = None
    kind: str | None = None

    @property
    def queue(self) -> str | None:
        """See `Happening`."""
        return None if self.envelope is None else queue_of(self.envelope)

    @property
    def clients(self) -> tuple[str, ...]:
        """See `Happening`."""
        return (self.sender,) if self.recipient is None else (self.sender, self.recipient)

    @property
    def stream(self) -> tuple[str, str]:
        """See `Happening`."""
        return self.vhost, self.sender


def event_of(delivery: Delivery, envelope: Envelope | None) -> MessageEvent:
    """A message of `dispatch`, as far as it could be read."""
    if envelope is None:
        return MessageEvent(delivery.vhost, delivery.routing_key, None)
    return MessageEvent(
        delivery.vhost,
        delivery.routing_key,
        envelope,
        envelope.recipient_id,
        envelope.type.name,
        envelope.kind,
    )


def meant_by(match: Match) -> Meant:
    """What tells whether a message is meant, without an event being made of it."""
    parts = [_PARTS[key](test) for key, test in match.tests]
    if len(parts) == 1:
        return parts[0]

    def meant(delivery: Delivery, envelope: Envelope | None) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the parts
            if not part(delivery, envelope):
                return False
        return True

    return meant


def reported_event(delivery: Delivery, sender: str, about: ReportOn) -> KnownHappening:
    """The message that a report is about; its sender is the one who would be told."""
    if isinstance(about, Envelope):
        recipient, queue = about.recipient_id, queue_of(about)
        return KnownHappening(
            vhost=delivery.vhost,
            sender=sender,
            recipient=recipient,
            type=about.type.name,
            kind=about.kind,
            queue=queue,
            clients=(sender, recipient),
        )
    kind = about.get("distributionKind") if isinstance(about, Mapping) else None
    return KnownHappening(
        vhost=delivery.vhost,
        sender=sender,
        kind=kind if isinstance(kind, str) else None,
        clients=(sender,),
    )


def id_of(envelope: Envelope | None, extracted: str) -> str:
    """The distributionID of a message, or what stands for it in one that was not read."""
    return extracted if envelope is None else envelope.distribution_id
