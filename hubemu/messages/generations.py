"""What depends on the version of the reference's library rather than on the schemas of a release.

Facts: json-xml 2.6 and 3 (print format, namespace of error reports), message-types 0 and 4 (tags
that are not what they say, error codes).
"""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.messages.datetimes import DateStyle

__all__ = [
    "ERROR_NAMESPACE",
    "content_is_resource",
    "date_style",
    "error_codes",
    "error_namespace_unfilled",
    "line_of",
]

ERROR_NAMESPACE = "urn:emergency:"
"""Namespace of `message` in an XML error report where the library left it unfilled."""

_ISO_DATES = frozenset(("1.0", "1.0.0", "2.0", "2.0.0", "2.1"))
_REALLY_3 = frozenset(("1.0.1", "1.0.2-specs-RC-1"))

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


def line_of(release: str) -> int:
    """The line a release belongs to: 1, 2 or 3 (newer ones count as 3)."""
    if release in _REALLY_3:
        return 3
    major = release.partition(".")[0]
    return min(int(major), 3) if major in ("1", "2") else 3


def date_style(release: str, quirks: frozenset[str]) -> DateStyle:
    """How its library prints date-times; the quirk utc-z turned off means as the later ones."""
    iso = release in _ISO_DATES and "utc-z" in quirks
    return DateStyle.ISO if iso else DateStyle.SECONDS


def error_codes(release: str) -> Mapping[int, str]:
    """The error codes its reader knows, with their texts."""
    return _ALL_CODES if line_of(release) == 3 else _FIRST_CODES


def error_namespace_unfilled(release: str, quirks: frozenset[str]) -> bool:
    """Whether XML error reports bear `ERROR_NAMESPACE` (quirk error-namespace)."""
    return "error-namespace" in quirks and _is_reworked(release)


def content_is_resource(release: str) -> bool:
    """Whether `content` is printed with `xlink:type="resource"` (facts: json-xml 1)."""
    return _is_reworked(release)


def _is_reworked(release: str) -> bool:
    """Whether its library has the XML writer of the 3.x line, which 2.1 had first."""
    return line_of(release) == 3 or release == "2.1"
