"""What is wrong with a JSON message, problem by problem, in the reference's words.

Every alternative of a `oneOf` is tried and, unless exactly one holds, the problems of all failing
ones are reported: the reference does so, and its texts are built from that (facts: validation 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from hubemu.messages.refusals import MAX_CAUSE
from hubemu.messages.schemas.schema_set import Schema, SchemaSet, matches
from hubemu.messages.text.datetimes import RFC3339

__all__ = ["UNTOLD", "Problem", "find_problems"]

_MOST_TOLD = 200
"""Items of one list, and unknown fields of one object, after which no more problems are told."""

_TYPES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    Decimal: "number",
    float: "number",
    dict: "object",
    list: "array",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `path` is the place of the value checked (for a missing or unknown field, of its object),
    `text` the whole line; `keyword` the schema rule. `valid` counts the alternatives that hold.
    """

    path: str
    text: str
    keyword: str
    valid: int = 0


UNTOLD = Problem("", "", "untold")
"""Stands for all problems beyond `MAX_CAUSE` characters of text, which are not kept."""


def find_problems(schemas: SchemaSet, file: str, tree: Any) -> list[Problem]:
    """Every problem of `tree` against the schema in `file`, each once.

    Those beyond `MAX_CAUSE` characters of text are one, `UNTOLD`.
    """
    return list(dict.fromkeys(_Walk(schemas).problems(file, schemas.files[file], tree, "$")))


class _Walk:
    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        # The header is an alternative's part in nearly every alternative: walked once per place.
        self._known: dict[tuple[int, str], list[Problem]] = {}
        self._left = MAX_CAUSE

    def problems(self, file: str, schema: Schema, value: Any, path: str) -> list[Problem]:
        if "$ref" in schema:
            file, schema = self._schemas.resolve(file, schema)
        place = (id(schema), path)
        if place not in self._known:
            self._known[place] = self._check(file, schema, value, path)
        return self._known[place]

    def _check(self, file: str, schema: Schema, value: Any, path: str) -> list[Problem]:
        found: list[Problem] = []
        for problem in chain(_of_kind(schema, value, path), _any(schema, value, path)):
            if self._left <= 0:
                found.append(UNTOLD)
                break
            self._left -= len(problem.text)
            found.append(problem)
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            for name, item in value.items():
                if name in properties:
                    found += self.problems(file, properties[name], item, f"{path}.{name}")
        elif isinstance(value, list) and "items" in schema:
            found += self._items(file, schema["items"], value, path)
        for part in schema.get("allOf", ()):
            found += self.problems(file, part, value, path)
        if "oneOf" in schema:
            found += self._one_of(file, schema["oneOf"], value, path)
        return found

    def _items(self, file: str, schema: Schema, value: list[Any], path: str) -> Iterator[Problem]:
        bad = 0
        for index, item in enumerate(value):
            found = self.problems(file, schema, item, f"{path}[{index}]")
            yield from found
            bad += bool(found)
            if bad == _MOST_TOLD:
                return

    def _one_of(
        self, file: str, branches: list[Schema], value: Any, path: str
    ) -> Iterator[Problem]:
        left = self._left
        outcomes = [self.problems(file, branch, value, path) for branch in branches]
        valid = sum(not outcome for outcome in outcomes)
        if valid == 1:
            self._left = left  # nothing of this is told
            return
        for outcome in outcomes:
            yield from outcome
        text = f"{path}: should be valid to one and only one schema, but {valid} are valid"
        yield Problem(path, text, "oneOf", valid)


def _of_kind(schema: Schema, value: Any, path: str) -> Iterable[Problem]:
    """What the keywords that belong to the value's own type find wrong, whatever is in it."""
    if isinstance(value, dict):
        return _object(schema, value, path)
    if isinstance(value, list):
        return _length(schema, value, path)
    return _string(schema, value, path) if isinstance(value, str) else ()


def _object(schema: Schema, value: dict[str, Any], path: str) -> Iterator[Problem]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem(path, f"{path}.{name}: is missing but it is required", "required")
    if schema.get("additionalProperties") is False:
        properties = schema.get("properties", {})
        unknown = (name for name in value if name not in properties)
        for name in islice(unknown, _MOST_TOLD):
            yield Problem(
                path,
                f"{path}.{name}: is not defined in the schema and the schema does not allow "
                "additional properties",
                "additionalProperties",
            )


def _length(schema: Schema, value: list[Any], path: str) -> Iterator[Problem]:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    limit = f"{path}: there must be a {{}} of {{}} items in the array"
    if len(value) < least:
        yield Problem(path, limit.format("minimum", least), "minItems")
    if most is not None and len(value) > most:
        yield Problem(path, limit.format("maximum", most), "maxItems")


def _any(schema: Schema, value: Any, path: str) -> Iterator[Problem]:
    if "type" in schema:
        found, expected = _TYPES[type(value)], schema["type"]
        if found != expected and (found, expected) != ("integer", "number"):
            yield Problem(path, f"{path}: {found} found, {expected} expected", "type")
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(map(str, schema["enum"]))
        yield Problem(path, f"{path}: does not have a value in the enumeration [{allowed}]", "enum")


def _string(schema: Schema, value: str, path: str) -> Iterator[Problem]:
    pattern = schema.get("pattern")
    if pattern is not None and not matches(pattern, value):
        yield Problem(path, f"{path}: does not match the regex pattern {pattern}", "pattern")
    if schema.get("format") == "date-time" and not matches(RFC3339, value):
        yield Problem(path, f"{path}: {value} is an invalid date-time", "format")
