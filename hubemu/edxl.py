"""EDXL-DE as everybody of a Hub writes it: formats, keys, dates (facts: hub 3, json-xml 1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

__all__ = [
    "CONTENT_TYPES",
    "ENVELOPE_KEYS",
    "HEADER_KEYS",
    "JSON",
    "LIFETIME",
    "XML",
    "Format",
    "timestamp",
]

Format = Literal["json", "xml"]

JSON = "application/json"
XML = "application/xml"
CONTENT_TYPES: Mapping[Format, str] = {"json": JSON, "xml": XML}
"""What a message declares, by its format."""

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
"""The keys of an envelope in the order in which they are written."""
HEADER_KEYS = ("messageId", "sender", "sentAt", "kind", "status", "recipient")
"""The keys of the RC-DE header."""

LIFETIME = timedelta(days=1)
"""How long a message is good for, as long as the Hub keeps it by default."""


def timestamp(moment: datetime) -> str:
    """Whole seconds and a numeric offset: the schemas refuse fractions and `Z`."""
    return moment.isoformat(timespec="seconds")
