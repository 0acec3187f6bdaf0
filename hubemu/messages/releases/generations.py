"""What depends on the version of the reference's library rather than on the schemas of a release.

Facts: json-xml 1, 2.6 and 3 (print formats, namespace of error reports), message-types 0 and 4
(tags that are not what they say, error codes).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hubemu.messages.text.datetimes import DateStyle

__all__ = ["NEWEST", "Generation", "generation_of", "line_of"]

NEWEST: Mapping[int, str] = {1: "1.3.0", 2: "2.4.0", 3: "3.4.1"}
"""The newest release of each line of the model library (facts: hub 13)."""

_UNFILLED = "urn:emergency:"
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")
_ISO_DATES = frozenset(("1.0", "1.0.0", "2.0", "2.0.0", "2.1"))
_FIRST_REWORKED = "2.1"

_FIRST_CODES: Mapping[int, str] = {
    100: "DELIVERY_MODE_INCONSISTENCY",
    101: "NOT_ALLOWED_CONTENT_TYPE",
    102: "UNRECOGNIZED_MESSAGE_FORMAT",
    200: "SENDER_INCONSISTENCY",
    300: "INVALID_MESSAGE",
    301: "SCHEMA_NOT_FOUND",
    400: "EXPIRED_MESSAGE_BEFORE_ROUTING",
    500: "DEAD_LETTER_QUEUED",
    501: "UNROUTABLE_MESSAGE",
}
_ALL_CODES: Mapping[int, str] = {
    **_FIRST_CODES,
    600: "MESSAGE_CONVERSION_ERROR",
    700: "INTERNAL_CLIENT_ERROR",
    701: "CASE_ALREADY_EXISTS",
    702: "WRONG_MESSAGE_SEQUENCE",
    703: "UNKNOWN_SENDER",
    704: "INSUFFICIENT_DATA",
}


@dataclass(frozen=True, slots=True)
class Generation:
    """The library a release came with.

    Attributes:
        line: 1, 2 or 3.
        date_style: how it prints date-times.
        error_codes: the codes its reader knows, with their names.
        error_namespace: that of the `message` element of its XML error reports.
        content_is_resource: whether it prints `content` with `xlink:type="resource"`.
    """

    line: int
    date_style: DateStyle
    error_codes: Mapping[int, str]
    error_namespace: str
    content_is_resource: bool


def line_of(namespace: str, keys: Collection[str]) -> int:
    """The model line of a release, 1 to 3, of the namespace of its `message` and its content keys.

    It is told by what the schemas hold, not by the name, because tag 1.0.1 is a 3.x.
    """
    return 3 if ":eda:" in namespace else 2 if "technical" in keys else 1


def generation_of(
    name: str, namespace: str, keys: Collection[str], quirks: frozenset[str]
) -> Generation:
    """The generation of a release.

    The version in the name only picks the exceptions within a line.

    Args:
        name: of the release.
        namespace: of its `message` element.
        keys: its content keys.
        quirks: utc-z and error-namespace are looked at.
    """
    line = line_of(namespace, keys)
    found = _VERSION.search(name)
    version = found[0] if found and line < 3 else ""
    reworked = line == 3 or version == _FIRST_REWORKED
    iso = version in _ISO_DATES and "utc-z" in quirks
    return Generation(
        line=line,
        date_style=DateStyle.ISO if iso else DateStyle.SECONDS,
        error_codes=_ALL_CODES if line == 3 else _FIRST_CODES,
        error_namespace=_UNFILLED if reworked and "error-namespace" in quirks else namespace,
        content_is_resource=reworked,
    )
