"""The first facts of a message, as people and clients want them, whether or not it is valid."""

from __future__ import annotations

from dataclasses import dataclass

from hubemu.documents.document import MessageNode, read_document
from hubemu.edxl import HEADER_KEYS
from hubemu.errors import InputError

__all__ = ["Summary", "summary_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The first facts of a message; a field is `None` where the message does not say.

    `content` is the key of its content, such as `createCaseHealth`; `reference` the distributionID
    an acknowledgement or error report is about; the last three are those of an error report.
    """

    distribution_id: str | None = None
    sender: str | None = None
    recipient: str | None = None
    kind: str | None = None
    content: str | None = None
    reference: str | None = None
    status_code: int | None = None
    status_string: str | None = None
    cause: str | None = None


def summary_of(body: bytes, content_type: str | None) -> Summary:
    """The first facts of `body`; all `None` when it cannot be read."""
    try:
        document = read_document(body, content_type or "")
    except InputError:
        return Summary()
    message = document.message()
    return Summary(
        distribution_id=document.text("distributionID"),
        sender=document.text("senderID"),
        recipient=document.text("descriptor.explicitAddress.explicitAddressValue"),
        kind=document.text("distributionKind"),
        content=_content(message) if message else None,
        reference=_reference(message) if message else None,
        status_code=_status_code(message) if message else None,
        status_string=message.text("error.errorCode.statusString") if message else None,
        cause=message.text("error.errorCause") if message else None,
    )


def _content(message: MessageNode) -> str | None:
    return next((name for name in message.names() if name not in HEADER_KEYS), None)


def _reference(message: MessageNode) -> str | None:
    acknowledged = message.text("reference.distributionID")
    return acknowledged or message.text("error.referencedDistributionID")


def _status_code(message: MessageNode) -> int | None:
    code = message.text("error.errorCode.statusCode") or ""
    return int(code) if code.isdecimal() else None
