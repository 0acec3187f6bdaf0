"""Ready a message file for sending: another recipient, fresh identifiers and dates.

The envelope and the RC-DE header say the same things twice; both are kept consistent (facts: hub
3): `messageId` is the `distributionID`, `sentAt` is `dateTimeSent`, `URI` is `hubex:<id>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from hubemu.client.file_remarks import require_readable
from hubemu.documents import MessageNode, content_type_of, read_document, read_file, summary_of
from hubemu.edxl import JSON, LIFETIME, timestamp

__all__ = ["Draft", "Outgoing", "address", "draft", "refresh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message ready to be published; its id and recipient are `None` where it has none."""

    body: bytes
    content_type: str
    distribution_id: str | None
    recipient: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of a message file, before it is made ready."""

    source: Path
    body: bytes
    content_type: str

    def ready(
        self, *, sender: str, recipient: str | None = None, fresh: datetime | None = None
    ) -> Outgoing:
        """The message, untouched unless another `recipient` or `fresh` ids are asked for.

        `fresh` is the Hub's time (aware), which the new dates begin at.

        Raises:
            InputError: it cannot be changed as asked.
        """
        body = self.body
        if recipient is not None or fresh is not None:
            document = read_document(body, self.content_type, self.source)
            if recipient is not None:
                address(document, recipient)
            if fresh is not None:
                refresh(document, sender, fresh)
            body = document.to_bytes()
        seen = summary_of(body, self.content_type)
        return Outgoing(
            body=body,
            content_type=self.content_type,
            distribution_id=seen.distribution_id,
            recipient=seen.recipient,
        )


def draft(file: Path, *, as_is: bool = False) -> Draft:
    """The message in a file.

    With `as_is` one that is empty, cut or no text will do, as JSON unless its name says another
    format.

    Raises:
        InputError: the file cannot be read, or is no JSON or XML.
    """
    body = read_file(file)
    content_type = content_type_of(file, body, JSON if as_is else None)
    if not as_is:
        require_readable(body, content_type, file)
    return Draft(file, body, content_type)


def address(document: MessageNode, recipient: str) -> None:
    """Make `recipient` the one recipient, in envelope and header."""
    document.replace("descriptor.explicitAddress.explicitAddressValue", recipient)
    if (message := document.message()) is not None:
        message.keep_first("recipient")
        message.replace("recipient.name", recipient)
        message.replace("recipient.URI", f"hubex:{recipient}")


def refresh(document: MessageNode, sender: str, now: datetime) -> str:
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
