"""A message as it has been read, and the types messages have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

__all__ = ["ENVELOPE_KEYS", "Envelope", "Format", "MessageType"]

Format = Literal["json", "xml"]

ENVELOPE_KEYS = (
    "distributionID",
    "senderID",
    "dateTimeSent",
    "dateTimeExpires",
    "distributionStatus",
    "distributionKind",
    "descriptor",
    "content",
)
"""The keys of an envelope in the order in which they are written (facts: json-xml 1)."""


@dataclass(frozen=True, slots=True)
class MessageType:
    """One type of message of a release.

    Attributes:
        name: such as `RS-EDA`.
        key: the JSON key of its body and the local name of its XML element.
        namespace: the XML namespace of its body.
        header: whether the RC-DE header stands beside it.
    """

    name: str
    key: str
    namespace: str
    header: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message that its release can read.

    Attributes:
        tree: the whole message in JSON form (numbers with a fraction are `Decimal`), not to be
            changed; keys and dates are as received until the message is written.
        type: the type of its first content, which is the one the Hub looks at.
        format: what it was received in.
    """

    tree: Mapping[str, Any]
    type: MessageType
    format: Format
    distribution_id: str
    sender_id: str
    recipient_id: str
    kind: str
    status: str
    date_sent: datetime
    date_expires: datetime
