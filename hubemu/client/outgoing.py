"""Ready a message file for sending: another recipient, fresh identifiers and dates.

The envelope and the RC-DE header say the same things twice; both are kept consistent (facts: hub
3): `messageId` is the `distributionID`, `sentAt` is `dateTimeSent`, `URI` is `hubex:<id>`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from hubemu.client.document import Document

__all__ = ["LIFETIME", "address", "refresh"]

LIFETIME = timedelta(days=1)
"""How long a refreshed message is good for, as long as the Hub keeps it by default."""


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
    sent = _timestamp(now)
    document.replace("distributionID", distribution_id)
    document.replace("senderID", sender)
    document.replace("dateTimeSent", sent)
    document.replace("dateTimeExpires", _timestamp(now + LIFETIME))
    if (message := document.message()) is not None:
        message.replace("messageId", distribution_id)
        message.replace("sender.name", sender)
        message.replace("sender.URI", f"hubex:{sender}")
        message.replace("sentAt", sent)
    return distribution_id


def _timestamp(moment: datetime) -> str:
    """Whole seconds and a numeric offset: the schemas refuse fractions and `Z`."""
    return moment.isoformat(timespec="seconds")
