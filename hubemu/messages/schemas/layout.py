"""The files of a release, named as in the official library (facts: message-types 1)."""

from __future__ import annotations

__all__ = [
    "BARE_XSD",
    "CONTENT_XSD",
    "ENVELOPE_SCHEMA",
    "ENVELOPE_XSD",
    "FULL_SCHEMA",
    "FULL_XSD",
    "HEADER_SCHEMA",
    "HEADER_TYPE",
    "schema_file",
    "type_of_file",
]

HEADER_TYPE = "RC-DE"
"""The type whose fields stand beside the content of most messages."""

_SUFFIX = ".schema.json"

FULL_SCHEMA = f"EDXL-DE-full{_SUFFIX}"
ENVELOPE_SCHEMA = f"EDXL-DE-envelope-only{_SUFFIX}"
HEADER_SCHEMA = f"{HEADER_TYPE}{_SUFFIX}"

FULL_XSD = "EDXL-DE-full.xsd"
BARE_XSD = "EDXL-DE-full-no-header.xsd"
ENVELOPE_XSD = "EDXL-DE-envelope-only.xsd"
CONTENT_XSD = "RC-XML-ContentType.xsd"


def schema_file(type_name: str) -> str:
    """The JSON Schema of a message type."""
    return f"{type_name}{_SUFFIX}"


def type_of_file(file: str) -> str:
    """The message type a JSON Schema is about."""
    return file.removesuffix(_SUFFIX)
