"""What changes between two releases, type by type, for people who migrate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.messages.releases.release import Release
from hubemu.messages.schemas.schema_set import ContentSchema, Schema, SchemaSet

__all__ = ["Change", "TypeDifference", "compare_releases"]

_DEEPEST = 12
"""Levels below which schemas are not compared: one may contain itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs; `path` is empty for the type as a whole."""

    path: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TypeDifference:
    """What differs in one type; a type of one release only is `added` or `removed`."""

    type: str
    status: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    kind: str
    required: bool
    bounds: str
    codes: tuple[str, ...]
    pattern: str

    def __str__(self) -> str:
        parts = [self.kind + self.bounds, "required" if self.required else "", self.pattern]
        parts.append(f"one of {len(self.codes)} codes" if self.codes else "")
        return ", ".join(part for part in parts if part)


def compare_releases(old: Release, new: Release) -> tuple[TypeDifference, ...]:
    """Every type that differs, those of `old` first; types are matched by their key."""
    before = {content.key: content for content in old.schemas.contents}
    after = {content.key: content for content in new.schemas.contents}
    differences = []
    for key in dict.fromkeys((*before, *after)):
        if key not in after:
            differences.append(TypeDifference(before[key].name, "removed", ()))
        elif key not in before:
            differences.append(TypeDifference(after[key].name, "added", ()))
        else:
            changes = tuple(_changes(old, before[key], new, after[key]))
            if changes:
                differences.append(TypeDifference(after[key].name, "changed", changes))
    return tuple(differences)


def _changes(
    old: Release, before: ContentSchema, new: Release, after: ContentSchema
) -> Iterator[Change]:
    one, other = old.types[before.name], new.types[after.name]
    for what, was, becomes in (
        ("name", one.name, other.name),
        ("namespace", one.namespace, other.namespace),
        ("header", str(one.header).lower(), str(other.header).lower()),
    ):
        if was != becomes:
            yield Change("", what, was, becomes)
    fields = _fields(old.schemas, before), _fields(new.schemas, after)
    for path in dict.fromkeys((*fields[0], *fields[1])):
        yield from _field_changes(path, *fields)


def _field_changes(
    path: str, before: Mapping[str, _Field], after: Mapping[str, _Field]
) -> Iterator[Change]:
    parent = path.rpartition(".")[0]
    if path not in before:
        if not parent or parent in before:  # what stands in an added object goes without saying
            yield Change(path, "added", "", str(after[path]))
        return
    if path not in after:
        if not parent or parent in after:
            yield Change(path, "removed", str(before[path]), "")
        return
    was, becomes = before[path], after[path]
    if was.required != becomes.required:
        yield Change(path, "required", str(was.required).lower(), str(becomes.required).lower())
    if (was.kind, was.bounds) != (becomes.kind, becomes.bounds):
        yield Change(path, "type", was.kind + was.bounds, becomes.kind + becomes.bounds)
    if was.pattern != becomes.pattern:
        yield Change(path, "pattern", was.pattern, becomes.pattern)
    if set(was.codes) != set(becomes.codes):
        yield Change(path, "codes", _only(was, becomes), _only(becomes, was))


def _only(one: _Field, other: _Field) -> str:
    """The codes that only the first has; how many, where the other takes any text."""
    if not other.codes:
        return f"{len(one.codes)} codes"
    return ", ".join(repr(code) for code in dict.fromkeys(one.codes) if code not in other.codes)


def _fields(schemas: SchemaSet, content: ContentSchema) -> dict[str, _Field]:
    return dict(_walk(schemas, content.file, {"$ref": content.file}, "", 0))


def _walk(
    schemas: SchemaSet, file: str, schema: Schema, path: str, depth: int
) -> Iterator[tuple[str, _Field]]:
    file, schema = schemas.resolve(file, schema)
    if depth > _DEEPEST:
        return
    for name, value in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        place, item = schemas.resolve(file, value.get("items", value))
        yield inner, _field(value, item, required=name in schema.get("required", ()))
        yield from _walk(schemas, place, item, inner, depth + 1)


def _field(value: Schema, item: Schema, *, required: bool) -> _Field:
    kind: Any = item.get("type", "any")
    bounds = ""
    if value.get("type") == "array":
        least, most = value.get("minItems", ""), value.get("maxItems", "")
        bounds = f"[{least}..{most}]" if least != "" or most != "" else "[]"
    return _Field(
        kind="date-time" if item.get("format") == "date-time" else kind,
        required=required,
        bounds=bounds,
        codes=tuple(item.get("enum", ())),
        pattern=item.get("pattern", ""),
    )
