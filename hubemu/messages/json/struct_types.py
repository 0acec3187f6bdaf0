"""The type of a struct's field for each schema of a value.

What a type accepts, and the look that its rule asks for (`struct_looks`), is what the walker and
the reader accept of that schema, or less. A schema with a rule that has no such type is
`NotTypable`: messages with it are read the ordinary way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from hubemu.messages.json.struct_looks import Dates, number, ruled
from hubemu.messages.schemas.schema_set import Schema, SchemaSet, matcher
from hubemu.messages.text.datetimes import READABLE_RFC3339, DateStyle, print_datetime

__all__ = ["NotTypable", "StructTypes"]

_INT32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_FILLED = Annotated[str, msgspec.Meta(min_length=1)]


class NotTypable(Exception):
    """A schema has a rule that no type here expresses."""


class StructTypes:
    """The types of the values of a release; those of objects are struct classes.

    Args:
        schemas: its schemas.
        style: how its dates are printed.
    """

    def __init__(self, schemas: SchemaSet, style: DateStyle) -> None:
        self._schemas = schemas
        self._style = style
        self._structs: dict[int, tuple[Any, bool]] = {}
        self._begun: set[int] = set()
        self.open_ended = False
        """Whether a type made since this was last set to false holds objects of any shape."""

    def value(self, file: str, schema: Schema, *, filled: bool = False) -> Any:
        """The type of a schema's values, which must not be an empty text or list if `filled`.

        Raises:
            NotTypable: it has a rule that cannot be expressed.
        """
        listed = schema.get("type") == "array"
        file, schema = self._schemas.resolve(file, schema)
        if "allOf" in schema or "oneOf" in schema:
            raise NotTypable("alternatives within a value")
        kind = schema.get("type")
        if kind == "array" and listed:
            least = max(schema.get("minItems", 0), 1 if filled else 0)
            item = schema["items"]
            if item.get("type") == "array":
                raise NotTypable("a list of lists")
            return self.list_of(self.value(file, item), {**schema, "minItems": least})
        if kind == "object":
            return self._object(file, schema)
        if kind == "string":
            return self._text(schema, filled)
        plain = {"integer": _INT32, "number": number, "boolean": bool}
        if not isinstance(kind, str) or kind not in plain or "enum" in schema:
            raise NotTypable(f"values of type {kind}")
        return plain[kind]

    def list_of(self, item: Any, schema: Schema) -> Any:
        """The type of a list with the bounds of `schema`."""
        bounds = msgspec.Meta(
            min_length=schema.get("minItems"),
            max_length=schema.get("maxItems"),
        )
        return Annotated[list[item], bounds]

    def date_as_received(self, file: str, schema: Schema) -> Any:
        """The type of a readable date-time that is kept as it was written.

        Raises:
            NotTypable: the schema is not one of a date-time.
        """
        _, schema = self._schemas.resolve(file, schema)
        if (
            schema.get("type") != "string"
            or schema.get("format") != "date-time"
            or "enum" in schema
        ):
            raise NotTypable("a date-time without its format")
        return ruled(_dates(schema, str))

    def _text(self, schema: Schema, filled: bool) -> Any:
        if "enum" not in schema:
            if schema.get("format") == "date-time":
                return ruled(_dates(schema, self._printed))
            if "pattern" in schema:
                return ruled(matcher(schema["pattern"]), filled=filled)
            return _FILLED if filled else str
        if "pattern" in schema or "format" in schema:
            raise NotTypable("codes with further rules")
        codes = dict.fromkeys(schema["enum"])
        if not all(isinstance(code, str) for code in codes) or (filled and "" in codes):
            raise NotTypable("codes that are no text, or empty")
        return Literal[tuple(codes)]

    def _printed(self, text: str) -> str:
        return print_datetime(text, self._style)

    def _object(self, file: str, schema: Schema) -> Any:
        fields = schema.get("properties")
        if not fields:
            if schema.get("additionalProperties") is False or schema.get("required"):
                raise NotTypable("an object that can hold nothing")
            self.open_ended = True
            return dict[str, Any]
        place = id(schema)
        if place not in self._structs:
            if place in self._begun:
                raise NotTypable("an object within itself")
            self._begun.add(place)
            so_far, self.open_ended = self.open_ended, False
            self._structs[place] = self._struct(file, schema), self.open_ended
            self.open_ended |= so_far
        made, open_ended = self._structs[place]
        self.open_ended |= open_ended
        return made

    def _struct(self, file: str, schema: Schema) -> Any:
        required = schema.get("required", ())
        if not schema["properties"].keys() >= set(required):
            raise NotTypable("a required field without a schema")
        fields: list[Any] = []
        names: dict[str, str] = {}
        for place, (name, value) in enumerate(schema["properties"].items()):
            names[f"f{place}"] = name
            if name in required:
                fields.append((f"f{place}", self.value(file, value)))
            else:
                kind: Any = self.value(file, value, filled=True)
                fields.append((f"f{place}", kind | msgspec.UnsetType, msgspec.UNSET))
        return msgspec.defstruct(
            "Object",
            fields,
            rename=names,
            kw_only=True,
            forbid_unknown_fields=True,
            omit_defaults=True,
            gc=False,
        )


def _dates(schema: Schema, keep: Callable[[str], str]) -> Dates:
    """The date-times that can be read, of a schema."""
    readable = matcher(READABLE_RFC3339)
    if "pattern" not in schema:
        return Dates(readable, keep)
    rule = matcher(schema["pattern"])
    return Dates(lambda text: readable(text) and rule(text), keep)
