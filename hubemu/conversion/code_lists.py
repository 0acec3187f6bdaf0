"""The codes that a model release allows at a place, as its schemas list them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from hubemu.messages.releases.catalogue import release_files

__all__ = ["codes_of", "nearest"]


@lru_cache(maxsize=64)
def codes_of(release: str, message_type: str, path: str) -> frozenset[str]:
    """The codes that `message_type` of `release` allows at a dotted path of its body.

    Raises:
        LookupError: nothing is listed there.
    """
    root = release_files(release).json_schemas[f"{message_type}.schema.json"]
    found: Any = root
    for name in path.split("."):
        found = _resolved(found, root)["properties"][name]
    return frozenset(_resolved(found, root)["enum"])


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a schema says, references followed, of an array what it says of its items."""
    while "$ref" in schema or "items" in schema:
        if "items" in schema:
            schema = schema["items"]
            continue
        found: Any = root
        for step in schema["$ref"].lstrip("#/").split("/"):
            found = found[step]
        schema = found
    resolved: Mapping[str, Any] = schema
    return resolved


def nearest(code: str, allowed: frozenset[str]) -> str | None:
    """A code as it is if it is allowed, else the nearest one above it: `C07.13.00`, `C07.00.00`."""
    parts = code.split(".")
    for kept in range(len(parts), 0, -1):
        for length in (len(parts), len(parts) - 1):
            above = ".".join([*parts[:kept], *["00"] * (length - kept)])
            if above in allowed:
                return above
    return None
