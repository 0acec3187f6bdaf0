"""The fast check of JSON messages: "yes, valid and readable", or "look closer".

For the one content key a message has, every other alternative of the schema fails for want of its
own key; so a message is valid exactly if it fits the envelope, the header and that one content.
One compiled schema per key checks that, with the reader's rules in it (no unknown keys, dates and
integers that the reader can hold). A "no" says nothing: the walker and the reader then decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from hubemu.messages.schemas.layout import FULL_SCHEMA, HEADER_SCHEMA
from hubemu.messages.schemas.schema_set import Content, Schema, SchemaSet
from hubemu.messages.text.datetimes import READABLE_RFC3339

__all__ = ["QuickCheck"]

_KEPT = ("type", "required", "pattern", "minItems", "maxItems", "additionalProperties")
_INT32 = {"minimum": -(2**31), "maximum": 2**31 - 1}


class QuickCheck:
    """Fast checks by content key, each compiled when it is first needed."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self._contents: Mapping[str, Content] = {c.key: c for c in schemas.contents}
        self._compiled: dict[str, jsonschema_rs.Draft4Validator] = {}

    def passes(self, tree: Any, key: str) -> bool:
        """Whether the message, whose content key is `key`, is valid and readable beyond doubt."""
        check = self._compiled.get(key)
        if check is None:
            check = self._compiled[key] = self._compile(self._contents[key])
        return check.is_valid(tree)

    def _compile(self, content: Content) -> jsonschema_rs.Draft4Validator:
        # Draft 4 is the one in which 1.0 is not an integer, as in the reference; the keywords in
        # use mean the same in draft 7.
        bundle = _Bundle(self._schemas)
        root = bundle.copy(FULL_SCHEMA, self._schemas.files[FULL_SCHEMA])
        embedded = _closed({"message": bundle.message(content)})
        item = _closed({"jsonContent": _closed({"embeddedJsonContent": embedded})})
        root["type"] = "object"
        root["properties"]["content"] = {"type": "array", "minItems": 1, "items": item}
        root["definitions"] = bundle.definitions
        return jsonschema_rs.Draft4Validator(root, pattern_options=jsonschema_rs.RegexOptions())


class _Bundle:
    """Schemas of several files copied into one, `definitions` named by file and name."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self.definitions: dict[str, Any] = {}

    def message(self, content: Content) -> dict[str, Any]:
        """The `message` object with exactly the header (if needed) and this content."""
        properties: dict[str, Any] = {}
        if content.header:
            header = self._schemas.files[HEADER_SCHEMA]
            properties = self.copy(HEADER_SCHEMA, header)["properties"]
        properties[content.key] = self.copy(content.file, {"$ref": content.file})
        return _closed(properties)

    def copy(self, file: str, schema: Schema) -> dict[str, Any]:
        """The schema without annotations, its references pointing into `definitions`."""
        if "$ref" in schema:
            return {"$ref": f"#/definitions/{self._define(file, schema)}"}
        copied: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
        # Draft 4 has no empty `required` and no code twice; neither changes the meaning.
        if not copied.get("required", True):
            del copied["required"]
        if "enum" in schema:
            copied["enum"] = list(dict.fromkeys(schema["enum"]))
        if "properties" in schema:
            items = schema["properties"].items()
            copied["properties"] = {name: self.copy(file, value) for name, value in items}
        if "items" in schema:
            copied["items"] = self.copy(file, schema["items"])
        if schema.get("format") == "date-time":
            copied["allOf"] = [{"pattern": READABLE_RFC3339}]
        if schema.get("type") == "integer":
            copied |= _INT32
        return copied

    def _define(self, file: str, schema: Schema) -> str:
        target_file, target = self._schemas.resolve(file, schema)
        fragment = schema["$ref"].partition("#")[2].rsplit("/", 1)[-1]
        name = f"{target_file}:{fragment}"
        if name not in self.definitions:
            self.definitions[name] = {}  # claimed first: a schema may refer to itself
            self.definitions[name] |= self.copy(target_file, target)
        return name


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }
