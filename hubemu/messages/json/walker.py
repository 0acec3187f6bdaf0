"""What is wrong with a JSON message, problem by problem, in the reference's words.

Every alternative of a `oneOf` is tried and, unless exactly one holds, the problems of all failing
ones are reported: the reference does so, and its texts are built from that (facts: validation 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from hubemu.messages.json.rules import Rules, SchemaRule
from hubemu.messages.refusals import MAX_CAUSE
from hubemu.messages.schemas.schema_set import Schema, matches
from hubemu.messages.text.datetimes import RFC3339

__all__ = ["MESSAGE_PATH", "UNTOLD", "Violation", "find_problems"]

MESSAGE_PATH = "$.content[0].jsonContent.embeddedJsonContent.message"
"""Where the message stands."""

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


class Violation(NamedTuple):
    """One thing that is wrong.

    `path` is the place of the value checked (for a missing or unknown field, of its object),
    `text` the whole line; `keyword` the schema rule. `valid` counts the alternatives that hold.
    """

    path: str
    text: str
    keyword: str
    valid: int = 0


UNTOLD = Violation("", "", "untold")
"""Stands for all problems beyond `MAX_CAUSE` characters of text, which are not kept."""


def find_problems(rules: Rules, file: str, tree: Any) -> list[Violation]:
    """Every problem of `tree` against the schema in `file`, each once.

    Those beyond `MAX_CAUSE` characters of text are one, `UNTOLD`.
    """
    return list(dict.fromkeys(_Walk().problems(rules.of_file(file), tree, "$")))


class _Walk:
    def __init__(self) -> None:
        # The header is an alternative's part in nearly every alternative: walked once per place.
        self._known: dict[tuple[int, str], list[Violation]] = {}
        self._good: set[tuple[int, int]] = set()
        self._left = MAX_CAUSE

    def problems(self, rule: SchemaRule, value: Any, path: str) -> list[Violation]:
        place = (id(rule), path)
        known = self._known.get(place)
        if known is None:
            # Alternatives are many, and nearly all are such that lack their one field.
            if type(value) is not dict:
                known = self._check(rule, value, path)
            elif rule.sole is not None and rule.sole not in value:
                known = self._told([_missing(path, rule.sole)])
            elif rule.single is not None:
                known = self._in_fields(rule, value, path)
            else:
                known = self._check(rule, value, path)
            self._known[place] = known
        return known

    def _check(self, rule: SchemaRule, value: Any, path: str) -> list[Violation]:
        in_order = rule.is_bare or (type(value) is dict and rule.is_in_order(value))
        found = [] if in_order else self._told(_own(rule.schema, value, path))
        if isinstance(value, dict):
            properties = rule.properties
            for name, item in value.items():
                inner = properties.get(name)
                # Most have nothing wrong: seen here, before anything is made to tell of them.
                if inner is not None and not self._holds(inner, item):
                    found += self.problems(inner, item, f"{path}.{name}")
        elif isinstance(value, list) and rule.items is not None:
            found += self._items(rule.items, value, path)
        for part in rule.all_of:
            found += self.problems(part, value, path)
        if rule.one_of is not None:
            found += self._one_of(rule.one_of, value, path)
        return found

    def _holds(self, rule: SchemaRule, value: Any) -> bool:
        """Whether nothing is wrong with a value; alternatives ask the same of the same object."""
        if rule.passes is not None:
            return rule.passes(value)
        asked = (id(rule), id(value))
        if asked in self._good:
            return True
        if not rule.holds(value):
            return False
        self._good.add(asked)
        return True

    def _told(self, found: list[Violation]) -> list[Violation]:
        """Those of the problems that there is room for."""
        for number, problem in enumerate(found):
            if self._left <= 0:
                return [*found[:number], UNTOLD]
            self._left -= len(problem.text)
        return found

    def _items(self, rule: SchemaRule, value: list[Any], path: str) -> Iterator[Violation]:
        bad = 0
        for index, item in enumerate(value):
            if rule.holds(item):
                continue
            found = self.problems(rule, item, f"{path}[{index}]")
            yield from found
            bad += bool(found)
            if bad == _MOST_TOLD:
                return

    def _one_of(
        self, branches: tuple[SchemaRule, ...], value: Any, path: str
    ) -> Iterator[Violation]:
        left = self._left
        outcomes = [self.problems(branch, value, path) for branch in branches]
        valid = sum(not outcome for outcome in outcomes)
        if valid == 1:
            self._left = left  # nothing of this is told
            return
        for outcome in outcomes:
            yield from outcome
        text = f"{path}: should be valid to one and only one schema, but {valid} are valid"
        yield Violation(path, text, "oneOf", valid)

    def _in_fields(self, rule: SchemaRule, value: dict[str, Any], path: str) -> list[Violation]:
        """The problems by a rule that says nothing but what single fields hold."""
        found: list[Violation] = []
        for name, inner in rule.single or ():
            if name not in value:
                continue
            item = value[name]
            lacks = inner.sole is not None and type(item) is dict and inner.sole not in item
            if lacks or not self._holds(inner, item):
                found += self.problems(inner, item, f"{path}.{name}")
        return found


def _own(schema: Schema, value: Any, path: str) -> list[Violation]:
    """What is wrong with a value itself, whatever is in it."""
    kind, expected = _TYPES[type(value)], schema.get("type", "")
    found: list[Violation] = []
    if kind == "string":
        if "pattern" in schema or "format" in schema:
            found += _string(schema, value, path)
    elif kind == "object":
        found = _object(schema, value, path)
    elif kind == "array":
        found += _length(schema, value, path)
    if kind != expected and expected and (kind, expected) != ("integer", "number"):
        found.append(Violation(path, f"{path}: {kind} found, {expected} expected", "type"))
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(map(str, schema["enum"]))
        text = f"{path}: does not have a value in the enumeration [{allowed}]"
        found.append(Violation(path, text, "enum"))
    return found


def _object(schema: Schema, value: dict[str, Any], path: str) -> list[Violation]:
    found = [_missing(path, name) for name in schema.get("required", ()) if name not in value]
    if schema.get("additionalProperties") is False:
        properties = schema.get("properties", {})
        unknown = (name for name in value if name not in properties)
        words = "is not defined in the schema and the schema does not allow additional properties"
        found += (
            Violation(path, f"{path}.{name}: {words}", "additionalProperties")
            for name in islice(unknown, _MOST_TOLD)
        )
    return found


def _missing(path: str, name: str) -> Violation:
    return (_known_missing if path == MESSAGE_PATH else _made_missing)(path, name)


def _made_missing(path: str, name: str) -> Violation:
    return Violation(path, f"{path}.{name}: is missing but it is required", "required")


_known_missing = lru_cache(maxsize=500)(_made_missing)
"""Of a message: its contents, of which all but one are missing in each."""


def _length(schema: Schema, value: list[Any], path: str) -> Iterator[Violation]:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    limit = f"{path}: there must be a {{}} of {{}} items in the array"
    if len(value) < least:
        yield Violation(path, limit.format("minimum", least), "minItems")
    if most is not None and len(value) > most:
        yield Violation(path, limit.format("maximum", most), "maxItems")


def _string(schema: Schema, value: str, path: str) -> Iterator[Violation]:
    pattern = schema.get("pattern")
    if pattern is not None and not matches(pattern, value):
        yield Violation(path, f"{path}: does not match the regex pattern {pattern}", "pattern")
    if schema.get("format") == "date-time" and not matches(RFC3339, value):
        yield Violation(path, f"{path}: {value} is an invalid date-time", "format")
