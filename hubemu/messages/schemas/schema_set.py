"""The JSON Schemas of a release as the official library lays them out, and what they contain.

Schemas refer to each other by file name and to their own `definitions`; `$id` is the same string in
every official file and is ignored (facts: validation 4, message-types 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hubemu.messages.schemas.layout import FULL_SCHEMA, type_of_file

__all__ = ["ContentSchema", "Schema", "SchemaSet", "matcher", "matches"]

Schema = Mapping[str, Any]

_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class ContentSchema:
    """One alternative of the message's content: the key it stands under and its schema file."""

    key: str
    file: str
    header: bool

    @property
    def name(self) -> str:
        """The message type's name, which is that of its file."""
        return type_of_file(self.file)


class SchemaSet:
    """The schemas of one release by file name."""

    def __init__(self, files: Mapping[str, Schema]) -> None:
        self.files = files
        self._resolved: dict[tuple[str, str], tuple[str, Schema]] = {}
        embedded = self.definition(FULL_SCHEMA, "EmbeddedJsonContent")
        self.contents = tuple(self._contents(embedded["oneOf"], header=False))

    def definition(self, file: str, name: str) -> Schema:
        """The definition `name` of a file."""
        found: Schema = self.files[file]["definitions"][name]
        return found

    def resolve(self, file: str, schema: Schema) -> tuple[str, Schema]:
        """The schema that a chain of `$ref` ends at, with the file it stands in.

        Raises:
            ValueError: the chain has no end.
        """
        reference = schema.get("$ref")
        if reference is None:
            return file, schema
        found = self._resolved.get((file, reference))
        if found is None:
            found = self._resolved[file, reference] = self._target(file, schema)
        return found

    def _target(self, file: str, schema: Schema) -> tuple[str, Schema]:
        for _ in range(_LONGEST_CHAIN):
            if "$ref" not in schema:
                return file, schema
            target, _, fragment = schema["$ref"].partition("#")
            file = target or file
            schema = self.files[file]
            if fragment:
                schema = schema["definitions"][fragment.rsplit("/", 1)[-1]]
        raise ValueError(f"references lead in a circle: {schema['$ref']} in {file}")

    def _contents(self, branches: list[Schema], *, header: bool) -> Iterator[ContentSchema]:
        for branch in branches:
            if "allOf" in branch:
                yield from self._contents(branch["allOf"], header=True)
                continue
            message = branch["properties"]["message"] if "message" in _keys(branch) else branch
            if "oneOf" in message:
                yield from self._contents(message["oneOf"], header=header)
            for key, target in message.get("properties", {}).items():
                yield ContentSchema(key, target["$ref"].partition("#")[0], header)


def _keys(branch: Schema) -> Schema:
    keys: Schema = branch.get("properties", {})
    return keys


def matches(pattern: str, text: str) -> bool:
    """Whether `text` contains a match: ECMA syntax, ASCII classes, time linear in the text."""
    return matcher(pattern)(text)


@lru_cache(maxsize=512)
def matcher(pattern: str) -> Callable[[str], bool]:
    """The function that tells whether a text contains a match, as `matches`."""
    import jsonschema_rs  # with sockets and e-mail: 10 ms that a message in order does without

    linear = jsonschema_rs.RegexOptions()
    return jsonschema_rs.Draft4Validator({"pattern": pattern}, pattern_options=linear).is_valid
