"""Date-times of messages: which ones the JSON format check accepts, and how they are re-printed.

Source: facts validation 4 (strict RFC 3339, `-00:00` refused), json-xml 2.6 (print formats). Lower
case is allowed by both steps: RFC 3339 5.6 ("may alternatively be lower case"), and java.time's
ISO_OFFSET_DATE_TIME, which is case-insensitive; it is printed in upper case.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

__all__ = [
    "READABLE_RFC3339",
    "RFC3339",
    "DateStyle",
    "is_readable",
    "print_datetime",
    "read_datetime",
]

_DAY = (
    r"(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    r"|02-(?:0[1-9]|1\d|2[0-8]))"
    r"|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
)
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_OFFSET = (
    r"(?:[Zz]|\+(?:[01]\d|2[0-3]):[0-5]\d|-(?:0[1-9]|1\d|2[0-3]):[0-5]\d|-00:(?:0[1-9]|[1-5]\d))"
)

RFC3339 = rf"^{_DAY}[Tt]{_TIME}(?:\.\d+)?{_OFFSET}$"
"""What passes as `format: date-time`: a regular expression every engine here reads alike."""

_READABLE_OFFSET = r"[Zz]|[+-](?:0\d|1[0-7]):[0-5]\d|[+-]18:00"
_READABLE = re.compile(rf"(-?{_DAY}[Tt]{_TIME})(?:\.(\d{{1,9}}))?({_READABLE_OFFSET})", re.ASCII)

READABLE_RFC3339 = (
    rf"^{_DAY}T{_TIME}(?:\.\d{{1,9}})?(?:Z|\+(?:0\d|1[0-7]):[0-5]\d|-(?:0[1-9]|1[0-7]):[0-5]\d)$"
)
"""Date-times beyond doubt: RFC 3339 in upper case, within what the reader can hold (offsets to 18
hours)."""

_UTC = ("Z", "+00:00", "-00:00")
_PLAIN_LENGTH = len("2026-01-01T00:00:00+01:00")
_SEPARATOR = len("2026-01-01")
_LONGEST = len("2026-01-01T00:00:00.123456789+01:00")


class DateStyle(StrEnum):
    """How a release's library prints a date-time (facts: json-xml 2.6)."""

    ISO = "iso"
    """ISO offset date-time: UTC as `Z`, fractions kept (quirk utc-z)."""
    SECONDS = "seconds"
    """Whole seconds, UTC as `+00:00`."""


def is_readable(text: str) -> bool:
    """Whether the reference's reader accepts a date-time, RFC 3339 or not."""
    return _READABLE.fullmatch(text) is not None


def read_datetime(text: str) -> datetime | None:
    """The instant, aware; None where the reference's reader refuses (no offset, 24:00...)."""
    return _read(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=2048)  # many messages are of the same second
def _read(text: str) -> datetime | None:
    found = _READABLE.fullmatch(text)
    if not found or text.startswith(("0000", "-")):
        return None
    moment, fraction, offset = found.groups()
    offset = offset.upper()  # as Python 3.11 wants it
    micro = f".{(fraction + '00000')[:6]}" if fraction else ""
    return datetime.fromisoformat(moment + micro + offset)


def print_datetime(text: str, style: DateStyle) -> str:
    """A readable date-time as the release prints it; the offset is otherwise kept as sent."""
    plain = len(text) == _PLAIN_LENGTH and text[_SEPARATOR] == "T" and text[0] != "0"
    if plain and text[-6:] not in _UTC:
        return text
    found = _READABLE.fullmatch(text.upper())
    if not found:
        return text
    moment, fraction, offset = found.groups()
    if style is DateStyle.SECONDS:
        # Printed without its era: the year 0000 before 0001 is 0001, -0001 is 0002.
        if moment[0] == "-":
            moment = f"{1 + int(moment[1:5]):04}{moment[5:]}"
        elif moment.startswith("0000"):
            moment = f"0001{moment[4:]}"
        return moment + ("+00:00" if offset in _UTC else offset)
    kept = (fraction or "").rstrip("0")
    return moment + (f".{kept}" if kept else "") + ("Z" if offset in _UTC else offset)
