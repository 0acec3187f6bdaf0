"""Ready a message file for sending: another recipient, fresh identifiers and dates.

The envelope and the RC-DE header say the same things twice; both are kept consistent (facts: hub
3): `messageId` is the `distributionID`, `sentAt` is `dateTimeSent`, `URI` is `hubex:<id>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from hubemu.client.document import Document, content_type_of, read_document, read_file
from hubemu.client.glance import glance

__all__ = ["LIFETIME", "Outgoing", "address", "prepare", "refresh", "timestamp"]

LIFETIME = timedelta(days=1)
"""How long a refreshed message is good for, as long as the Hub keeps it by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message ready to be published; `distribution_id` is `None` where it has none."""

    body: bytes
    content_type: str
    distribution_id: str | None


def prepare(
    file: Path, *, sender: str, recipient: str | None = None, fresh: bool = False
) -> Outgoing:
    """The message of a file, untouched unless another `recipient` or `fresh` ids are asked for.

    Raises:
        InputError: the file cannot be read, or not be changed as asked.
    """
    body = read_file(file)
    content_type = content_type_of(file, body)
    if recipient is not None or fresh:
        document = read_document(body, content_type, file)
        if recipient is not None:
            address(document, recipient)
        if fresh:
            refresh(document, sender, datetime.now(UTC))
        body = document.to_bytes()
    known = glance(body, content_type).distribution_id
    return Outgoing(body=body, content_type=content_type, distribution_id=known)


def address(document: Document, recipient: str) -> None:
    """Make `recipient` the one recipient, in envelope and header."""
    document.replace("descriptor.explicitAddress.explicitAddressValue", recipient)
    if (message := document.message()) is not None:
        message.keep_first("recipient")
        message.replace("recipient.name", recipient)
        message.replace("recipient.URI", f"hubex:{recipient}")


def refresh(document: Document, sender: str, now: datetime) -> str:
    """Make it a new message of `sender` written at `now` (aware); gives its distributionID."""
    distribution_id = f"{sender}_{uuid4()}"
    sent = timestamp(now)
    document.replace("distributionID", distribution_id)
    document.replace("senderID", sender)
    document.replace("dateTimeSent", sent)
    document.replace("dateTimeExpires", timestamp(now + LIFETIME))
    if (message := document.message()) is not None:
        message.replace("messageId", distribution_id)
        message.replace("sender.name", sender)
        message.replace("sender.URI", f"hubex:{sender}")
        message.replace("sentAt", sent)
    return distribution_id


def timestamp(moment: datetime) -> str:
    """Whole seconds and a numeric offset: the schemas refuse fractions and `Z`."""
    return moment.isoformat(timespec="seconds")
