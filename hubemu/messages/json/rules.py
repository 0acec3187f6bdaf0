"""The rules of each JSON Schema laid out for the walker: references followed, names looked up once.

Most values of a message are plain texts, codes and numbers that are in order: the rule of such a
value tells so in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hubemu.messages.schemas.schema_set import Schema, SchemaSet, matcher
from hubemu.messages.text.datetimes import RFC3339

__all__ = ["Rules", "SchemaRule"]

_NUMBERS: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, Decimal, float),
    "boolean": (bool,),
}
_Look = Callable[[Any], bool]
_FURTHER = ("allOf", "oneOf")
_COMPOSED = frozenset(_FURTHER)
_SILENT = frozenset(
    ("title", "description", "example", "version", "definitions", "$schema", "$id", "x-id")
)
"""Keywords that ask for nothing."""


class SchemaRule:
    """The rule of a schema.

    Attributes:
        schema: the schema itself, its references followed.
        passes: whether a value that is no object and no list has nothing wrong; `None` where that
            is not known without a closer look.
        properties: the rules of an object's fields.
        names: the fields that it may have, if it may have no others.
        needed: the fields that it must have.
        items: the rule of a list's items.
        all_of: further rules for the same value.
        one_of: rules of which exactly one must hold.
        branches: whether alternatives stand in it, however deep: each look at them is long.
        sole: the one field that it speaks of, and must be there, if it says nothing else.
        is_bare: whether it says nothing itself, but by `all_of` or `one_of`.
        single: if it says nothing but by rules of one field each: those fields and their rules.
    """

    __slots__ = (
        "_least",
        "_most",
        "_of_lists",
        "_of_objects",
        "_seen",
        "all_of",
        "branches",
        "is_bare",
        "items",
        "names",
        "needed",
        "one_of",
        "passes",
        "properties",
        "schema",
        "single",
        "sole",
    )

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.passes = _plain(schema)
        self.properties: dict[str, SchemaRule] = {}
        closed = schema.get("additionalProperties") is False
        self.names = frozenset(schema.get("properties", ())) if closed else None
        self.needed = frozenset(schema.get("required", ()))
        self.items: SchemaRule | None = None
        self.all_of: tuple[SchemaRule, ...] = ()
        self.one_of: tuple[SchemaRule, ...] | None = None
        self.branches = True
        said = schema.keys() - _SILENT
        only = tuple(schema.get("properties", ()))
        # An object asks for a type; alternatives leave it to the rules beside them.
        fields_only = said == {"properties", "required"} and only == tuple(schema["required"])
        self.sole: str | None = only[0] if fields_only and len(only) == 1 else None
        self.is_bare = said <= _COMPOSED
        self.single: tuple[tuple[str, SchemaRule], ...] | None = None
        bound = "enum" in schema
        self._of_objects = schema.get("type", "object") == "object" and not bound
        self._of_lists = schema.get("type", "array") == "array" and not bound
        self._least, self._most = schema.get("minItems", 0), schema.get("maxItems", 2**63)
        self._seen: _Look | None = None

    @property
    def holds(self) -> _Look:
        """Tells whether nothing is wrong with a value; "no" only asks for a closer look.

        Asked for when the rule is finished: what it asks of is looked up once.
        """
        if self._seen is None:
            self._seen = self.passes or (_never if self.branches else self._look())
        return self._seen

    def _look(self) -> _Look:
        if self._of_objects and self._of_lists:
            of_object, of_list = self._look_at_object(), self._look_at_list()
            return lambda value: of_object(value) or of_list(value)
        return self._look_at_object() if self._of_objects else self._look_at_list()

    def is_in_order(self, value: dict[str, Any]) -> bool:
        """Whether an object has the fields that it must have and no others, whatever they hold."""
        names = value.keys()
        return (
            self._of_objects
            and names >= self.needed
            and (self.names is None or names <= self.names)
        )

    def _look_at_object(self) -> _Look:
        needed, closed = self.needed, self.names is not None
        looks = {name: rule.holds for name, rule in self.properties.items()}

        def look(value: Any) -> bool:
            if type(value) is not dict:
                return False
            if needed and not value.keys() >= needed:
                return False
            for name, item in value.items():
                inner = looks.get(name)
                if inner is None:
                    if closed:
                        return False
                elif not inner(item):
                    return False
            return True

        return look

    def _look_at_list(self) -> _Look:
        if self.items is None or not self._of_lists:
            return _never
        inner, least, most = self.items.holds, self._least, self._most

        def look(value: Any) -> bool:
            return type(value) is list and least <= len(value) <= most and all(map(inner, value))

        return look


def _never(value: Any) -> bool:
    return False


class Rules:
    """The rules of a release, each made when it is first needed."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self._made: dict[int, SchemaRule] = {}

    def of_file(self, file: str) -> SchemaRule:
        """The rule of the schema in a file."""
        return self._rule(file, self._schemas.files[file])

    def _rule(self, file: str, schema: Schema) -> SchemaRule:
        file, schema = self._schemas.resolve(file, schema)
        known = self._made.get(id(schema))
        if known is not None:
            return known
        rule = self._made[id(schema)] = SchemaRule(schema)
        for name, value in schema.get("properties", {}).items():
            rule.properties[name] = self._rule(file, value)
        if "items" in schema:
            rule.items = self._rule(file, schema["items"])
        rule.all_of = tuple(self._rule(file, part) for part in schema.get("allOf", ()))
        if "oneOf" in schema:
            rule.one_of = tuple(self._rule(file, part) for part in schema["oneOf"])
        rule.single = _single(rule)
        # A rule within itself is not finished there: it counts as one with branches.
        inner = [*rule.properties.values(), *([] if rule.items is None else [rule.items])]
        rule.branches = bool(
            rule.all_of or rule.one_of or any(one.branches and not one.passes for one in inner)
        )
        return rule


def _single(rule: SchemaRule) -> tuple[tuple[str, SchemaRule], ...] | None:
    said = rule.schema.keys() - _SILENT
    if said == {"properties"} and len(rule.properties) == 1:
        return tuple(rule.properties.items())
    if said != {"allOf"} or any(part.single is None or part.all_of for part in rule.all_of):
        return None
    return tuple(field for part in rule.all_of for field in part.single or ())


def _plain(schema: Schema) -> _Look | None:
    kind = schema.get("type", "")
    if any(keyword in schema for keyword in _FURTHER):
        return None
    if kind in _NUMBERS and "enum" not in schema:
        types = _NUMBERS[kind]
        return lambda value: type(value) in types
    if kind != "string":
        return None
    if "enum" in schema:
        if "pattern" in schema or "format" in schema:
            return None
        codes = frozenset(code for code in schema["enum"] if isinstance(code, str))
        return lambda value: type(value) is str and value in codes
    return _of_texts(schema)


def _of_texts(schema: Schema) -> _Look:
    rules = [matcher(schema["pattern"])] if "pattern" in schema else []
    if schema.get("format") == "date-time":
        rules.append(matcher(RFC3339))
    if not rules:
        return lambda value: type(value) is str
    first = rules[0]
    if len(rules) == 1:
        return lambda value: type(value) is str and first(value)
    return lambda value: type(value) is str and all(rule(value) for rule in rules)
