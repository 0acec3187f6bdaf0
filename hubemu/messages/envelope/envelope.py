"""A message as it has been read, and the types messages have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from hubemu.edxl import Format
from hubemu.messages.envelope.texts import EnvelopeTexts
from hubemu.messages.text.datetimes import DateStyle
from hubemu.messages.text.json_text import parse_json

__all__ = ["Distribution", "Envelope", "Formed", "MessageType"]


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


class Distribution(Protocol):
    """A whole message decoded into a struct (`hubemu.messages.json.structs`), not to be changed.

    Its dates are as received, those of its content as they are printed.
    """

    distribution_id: str
    sender_id: str
    sent: str
    expires: str
    status: str
    kind: str
    descriptor: Any
    content: Any


class Formed(Protocol):
    """A whole message read from XML by a form (`hubemu.messages.xml.form_reading`)."""

    @property
    def envelope(self) -> EnvelopeTexts:
        """The texts of its envelope, the dates as received."""

    @property
    def tidied(self) -> Mapping[str, Any]:
        """Its tree as it is printed, but for the dates of the envelope; not to be changed."""

    def fields_xml(self, attributes: Mapping[str, str]) -> str | None:
        """The elements of its `message`, if nothing must be escaped."""

    def as_json(self, style: DateStyle) -> bytes | None:
        """What is printed of it in JSON, if nothing must be escaped."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A message that its release can read.

    Attributes:
        source: the whole message: its tree, or the JSON that is parsed when the tree is asked for,
            or what gives the tree then.
        struct: the whole message as a struct, where it was decoded into one.
        formed: the whole message as its form found it, where it was read by one.
        type: the type of its first content, which is the one the Hub looks at.
        format: what it was received in.
    """

    source: Mapping[str, Any] | bytes | Callable[[], Mapping[str, Any]]
    type: MessageType
    format: Format
    distribution_id: str
    sender_id: str
    recipient_id: str
    kind: str
    status: str
    date_sent: datetime
    date_expires: datetime
    struct: Distribution | None = None
    formed: Formed | None = None

    @property
    def tree(self) -> Mapping[str, Any]:
        """The whole message in JSON form, not to be changed.

        Numbers with a fraction are `Decimal`; keys and dates are as received until the message is
        written.
        """
        if isinstance(self.source, bytes):
            tree: Mapping[str, Any] = parse_json(self.source)
            return tree
        return self.source() if callable(self.source) else self.source
