"""What conversion needs to know of a schema: the fields of each object, in order, and their kinds.

Everything comes from the JSON Schema: the order of its properties is the order of the elements
(facts: json-xml 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from hubemu.messages.schemas.layout import HEADER_SCHEMA
from hubemu.messages.schemas.schema_set import ContentSchema, Schema, SchemaSet

__all__ = ["FieldShape", "Kind", "Shape", "Shapes"]


class Kind(Enum):
    """How a value is converted."""

    OBJECT = auto()
    ANY = auto()
    STRING = auto()
    DATETIME = auto()
    INTEGER = auto()
    NUMBER = auto()
    BOOLEAN = auto()


_DROPPABLE: Mapping[str, tuple[str, ...]] = {
    "sender": ("name", "URI"),
    "recipient": ("name", "URI"),
    "CASUALTIES": ("CONTEXT",),
    "detailedAddress": ("complete",),
}
"""Required texts that the reference's classes leave out when empty, by the field they are in."""

_PLAIN: Mapping[str, Kind] = {
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
}


@dataclass(slots=True)
class Shape:
    """The kind of a value and, of an object, its fields by name in order."""

    kind: Kind
    fields: dict[str, FieldShape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field of an object; a plain one is printed as it was read, and may be a text.

    One that is `droppable` is left out when it is empty in XML, though required (facts: hub 11).
    """

    name: str
    shape: Shape
    many: bool
    required: bool
    is_plain: bool
    is_text: bool
    droppable: bool = False


class Shapes:
    """The shapes of a release's types, each made when it is first needed."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self._made: dict[int, Shape] = {}
        self.header = self._shape(HEADER_SCHEMA, schemas.files[HEADER_SCHEMA])

    def content(self, content: ContentSchema) -> Shape:
        """The shape of a type's body."""
        return self._shape(content.file, {"$ref": content.file})

    def _shape(self, file: str, schema: Schema) -> Shape:
        file, schema = self._schemas.resolve(file, schema)
        known = self._made.get(id(schema))
        if known:
            return known
        shape = self._made[id(schema)] = Shape(_kind(schema))
        required = schema.get("required", ())
        for name, value in schema.get("properties", {}).items():
            shape.fields[name] = self._field(file, name, value, name in required)
        return shape

    def _field(self, file: str, name: str, schema: Schema, required: bool) -> FieldShape:
        many = schema.get("type") == "array"
        value: Any = schema["items"] if many else schema
        shape = self._shape(file, value)
        plain = shape.kind not in (Kind.OBJECT, Kind.DATETIME, Kind.ANY)
        for inner in _DROPPABLE.get(name, ()):
            if inner in shape.fields:
                shape.fields[inner] = replace(shape.fields[inner], droppable=True)
        return FieldShape(name, shape, many, required, plain, shape.kind is Kind.STRING)


def _kind(schema: Schema) -> Kind:
    if schema.get("type") == "object":
        return Kind.OBJECT if schema.get("properties") else Kind.ANY
    if schema.get("format") == "date-time":
        return Kind.DATETIME
    return _PLAIN.get(schema.get("type", ""), Kind.STRING)
