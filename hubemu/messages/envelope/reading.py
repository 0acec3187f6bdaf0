"""From a tree in JSON form to an `Envelope`: what the reference's reader accepts.

The schemas leave some doors open that the reader shuts (facts: validation 1.4, message-types 3):
unknown keys around and beside the content, types it has no class for, unknown error codes, values
it cannot hold. Each is an `UnreadableMessage`, which the Hub answers with 102.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from hubemu.edxl import HEADER_KEYS, Format
from hubemu.messages.envelope.envelope import Distribution, Envelope, Formed, MessageType
from hubemu.messages.errors import UnaddressedMessage, UnreadableMessage
from hubemu.messages.schemas.shapes import Kind, Shape
from hubemu.messages.text.datetimes import is_readable, read_datetime
from hubemu.messages.text.java_numbers import is_exact

__all__ = [
    "UNREADABLE_KEYS",
    "check_keys",
    "check_values",
    "content_messages",
    "envelope_of_form",
    "envelope_of_struct",
    "identifier_of",
    "make_envelope",
]

UNREADABLE_KEYS = frozenset(("info", "distributionElement"))
"""Contents that have a schema but no class in the reference (facts: message-types 2)."""

_KINDS = frozenset(("Report", "Update", "Cancel", "Ack", "Error"))
_STATUSES = frozenset(("Actual", "Exercise"))
_HEADER = frozenset(HEADER_KEYS)
_INT32 = range(-(2**31), 2**31)


def content_messages(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The `message` object of each content object.

    Raises:
        UnreadableMessage: there is anything else in or around them, or none.
    """
    contents = tree.get("content")
    if not isinstance(contents, list) or not contents:
        raise UnreadableMessage("the message has no content")
    for item in contents:
        message = item
        for key in ("jsonContent", "embeddedJsonContent", "message"):
            if not isinstance(message, dict) or message.keys() != {key}:
                raise UnreadableMessage(f"a content object holds {key} and nothing else")
            message = message[key]
        if not isinstance(message, dict):
            raise UnreadableMessage("message is not an object")
        yield message


def make_envelope(tree: Mapping[str, Any], type_: MessageType, format_: Format) -> Envelope:
    """The envelope of a tree whose content has been read.

    Raises:
        UnreadableMessage: a field of the envelope is missing or holds what the reader cannot.
        UnaddressedMessage: all is good, but it is written to nobody.
    """
    identifier = identifier_of(tree)
    recipient = _recipient(tree)
    try:
        envelope = Envelope(
            source=tree,
            type=type_,
            format=format_,
            distribution_id=tree["distributionID"],
            sender_id=tree["senderID"],
            recipient_id=recipient or "",
            kind=tree["distributionKind"],
            status=tree["distributionStatus"],
            date_sent=_instant(tree["dateTimeSent"], identifier),
            date_expires=_instant(tree["dateTimeExpires"], identifier),
        )
    except (KeyError, TypeError):
        raise UnreadableMessage("a field of the envelope is missing", identifier) from None
    _check_vocabulary(envelope)
    if recipient is None:
        raise UnaddressedMessage("the descriptor has no explicitAddress", identifier)
    return envelope


def envelope_of_struct(message: Distribution, type_: MessageType, body: bytes) -> Envelope:
    """The envelope of a message decoded from `body`.

    Raises:
        UnreadableMessage: a field of the envelope holds what the reader cannot.
    """
    identifier = message.distribution_id
    envelope = Envelope(
        source=body,
        type=type_,
        format="json",
        distribution_id=identifier,
        sender_id=message.sender_id,
        recipient_id=message.descriptor.address.value,
        kind=message.kind,
        status=message.status,
        date_sent=_instant(message.sent, identifier),
        date_expires=_instant(message.expires, identifier),
        struct=message,
    )
    _check_vocabulary(envelope)
    return envelope


def envelope_of_form(
    message: Formed, type_: MessageType, source: Callable[[], Mapping[str, Any]]
) -> Envelope:
    """The envelope of a message read from XML by its form; `source` gives its whole tree.

    Raises:
        UnreadableMessage: a field of the envelope holds what the reader cannot.
    """
    texts = message.envelope
    identifier = texts.distribution_id
    envelope = Envelope(
        source=source,
        type=type_,
        format="xml",
        distribution_id=identifier,
        sender_id=texts.sender_id,
        recipient_id=texts.recipient_id,
        kind=texts.kind,
        status=texts.status,
        date_sent=_instant(texts.sent, identifier),
        date_expires=_instant(texts.expires, identifier),
        formed=message,
    )
    _check_vocabulary(envelope)
    return envelope


def check_keys(message: Mapping[str, Any], type_: MessageType) -> None:
    """Check that a `message` object holds its content, its header if it has one, nothing else.

    Raises:
        UnreadableMessage: it does not, or the reader has no class for the content.
    """
    if type_.key in UNREADABLE_KEYS:
        raise UnreadableMessage(f"the reader has no class for {type_.key}")
    expected = {type_.key, *_HEADER} if type_.header else {type_.key}
    if message.keys() != expected:
        odd = ", ".join(sorted(message.keys() ^ expected))
        raise UnreadableMessage(f"unknown or missing beside {type_.key}: {odd}")


def check_values(value: Any, shape: Shape, path: str) -> None:
    """Check that the reader knows every field of a value and can hold what is in it.

    Raises:
        UnreadableMessage: naming the field by its `path`.
    """
    if isinstance(value, list):
        for index, item in enumerate(value):
            check_values(item, shape, f"{path}[{index}]")
    elif shape.kind is Kind.OBJECT and isinstance(value, dict):
        for name, item in value.items():
            if name in shape.fields:
                check_values(item, shape.fields[name].shape, f"{path}.{name}")
            else:
                raise UnreadableMessage(f"unknown field {path}.{name}")
    elif shape.kind is Kind.DATETIME and isinstance(value, str):
        if not is_readable(value):
            raise UnreadableMessage(f"{path}: {value!r} is a date-time the reader cannot hold")
    elif shape.kind is Kind.INTEGER and (isinstance(value, Decimal) or value not in _INT32):
        raise UnreadableMessage(f"{path}: {value} is more than the reader can hold")
    elif shape.kind is Kind.NUMBER and isinstance(value, Decimal) and not is_exact(value):
        raise UnreadableMessage(f"{path}: {value} has an exponent that the reader cannot hold")


def identifier_of(tree: Mapping[str, Any]) -> str:
    """The distributionID of a tree that may not be an envelope, empty if it has none."""
    found = tree.get("distributionID")
    return found if isinstance(found, str) else ""


def _recipient(tree: Mapping[str, Any]) -> str | None:
    try:
        address: str = tree["descriptor"]["explicitAddress"]["explicitAddressValue"]
    except (KeyError, TypeError):
        return None
    return address


def _check_vocabulary(envelope: Envelope) -> None:
    if envelope.kind not in _KINDS or envelope.status not in _STATUSES:
        raise UnreadableMessage(
            f"unknown distributionKind {envelope.kind!r} or distributionStatus {envelope.status!r}",
            envelope.distribution_id,
        )


def _instant(text: str, identifier: str) -> datetime:
    instant = read_datetime(text)
    if instant is None:
        raise UnreadableMessage(f"{text!r} is a date-time the reader cannot hold", identifier)
    return instant
