"""The JSON Schema of one type in one piece, for readers that have no folder of schemas."""

from __future__ import annotations

from typing import Any

from hubemu.messages.releases.release import Release
from hubemu.messages.schemas.schema_set import Schema, SchemaSet

__all__ = ["bundle"]

_LEFT_OUT = frozenset(("$id", "$schema", "definitions", "example", "examples", "id"))
"""What a schema says of itself, not of messages."""


def bundle(release: Release, key: str) -> dict[str, Any]:
    """The schema of the body under `key`: `schema` and the `definitions` that its `$ref` name.

    Every `$ref` is `#/definitions/NAME`, also where the official files name one another.

    Raises:
        KeyError: the release has no such content.
    """
    content = next((one for one in release.schemas.contents if one.key == key), None)
    if content is None:
        raise KeyError(key)
    definitions: dict[str, Any] = {}
    root = _within(release.schemas, content.file, {"$ref": content.file}, definitions)
    return {"schema": root, "definitions": definitions}


def _within(schemas: SchemaSet, file: str, node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_within(schemas, file, one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": f"#/definitions/{_defined(schemas, file, node, definitions)}"}
    return {
        name: _named(schemas, file, value, definitions)
        if name == "properties"
        else _within(schemas, file, value, definitions)
        for name, value in node.items()
        if name not in _LEFT_OUT
    }


def _named(
    schemas: SchemaSet, file: str, fields: Schema, definitions: dict[str, Any]
) -> dict[str, Any]:
    """The fields of an object, whatever they are called."""
    return {name: _within(schemas, file, one, definitions) for name, one in fields.items()}


def _defined(schemas: SchemaSet, file: str, node: Schema, definitions: dict[str, Any]) -> str:
    target_file, target = schemas.resolve(file, node)
    reference = node["$ref"]
    place, _, fragment = reference.partition("#")
    name = f"{(place or file).removesuffix('.schema.json')}.{fragment.rsplit('/', 1)[-1]}".rstrip(
        "."
    )
    if name not in definitions:
        definitions[name] = {}  # before going in: schemas may contain themselves
        definitions[name] = _within(schemas, target_file, target, definitions)
    return name
