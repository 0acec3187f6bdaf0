"""The terms that the component schemas are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.control.operations import Schema

__all__ = ["COUNT", "INSTANT", "TEXT", "TEXT_OR_NULL", "list_of", "object_of"]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "string", "format": "date-time"}


def object_of(
    properties: Mapping[str, Schema], *, optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    """An object with these names and no others; all must be there but the `optional` ones."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def list_of(schema: Schema) -> Schema:
    """A list of what the schema describes."""
    return {"type": "array", "items": schema}
