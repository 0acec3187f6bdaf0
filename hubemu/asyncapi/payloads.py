"""The schemas of a release's messages as components of one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hubemu.messages import MessageType, Release
from hubemu.messages.schemas.layout import FULL_SCHEMA, type_of_file

__all__ = ["message_component", "payload_name", "schema_components"]

_LEFT_OUT = frozenset({"$id", "$schema"})
"""Every official file has the same `$id`; within one document that would name them all alike."""


def payload_name(release: Release, name: str) -> str:
    """The component of a whole message of one type."""
    return f"{release.name}.{name}.message"


def schema_components(release: Release) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The release's schemas, their references turned into this document, and those of messages."""
    for file, schema in release.schemas.files.items():
        component = _component(release, file)
        yield component, _within(schema, release, component)
    for kind in release.types.values():
        yield payload_name(release, kind.name), _payload(release, kind)


def message_component(release: Release, kind: MessageType) -> dict[str, Any]:
    """One message type, as it stands in a queue in JSON."""
    return {
        "name": kind.name,
        "title": f"{kind.name} ({kind.key})",
        "summary": f"An EDXL-DE message whose content is {kind.key}, of model release "
        f"{release.name}; the same in XML with content type application/xml",
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{payload_name(release, kind.name)}"},
        "correlationId": {
            "description": "The distributionID of the message",
            "location": "$message.payload#/distributionID",
        },
        "bindings": {"amqp": {"contentEncoding": "utf-8", "bindingVersion": "0.3.0"}},
    }


def _component(release: Release, file: str) -> str:
    return f"{release.name}.{type_of_file(file)}"


def _payload(release: Release, kind: MessageType) -> dict[str, Any]:
    """The envelope, with this type's content in it."""
    content: dict[str, Any] = {"required": [kind.key]}
    for name in ("message", "embeddedJsonContent", "jsonContent"):
        content = {"type": "object", "properties": {name: content}}
    envelope = {"$ref": f"#/components/schemas/{_component(release, FULL_SCHEMA)}"}
    return {"allOf": [envelope, {"properties": {"content": {"items": content}}}]}


def _within(value: Any, release: Release, component: str) -> Any:
    """A copy of (part of) a schema whose references lead to components."""
    if isinstance(value, list):
        return [_within(item, release, component) for item in value]
    if not isinstance(value, Mapping):
        return value
    copy = {
        name: _within(item, release, component)
        for name, item in value.items()
        if name not in _LEFT_OUT
    }
    if isinstance(value.get("enum"), list):
        copy["enum"] = list(dict.fromkeys(value["enum"]))  # some code lists name a code twice
    reference = value.get("$ref")
    if isinstance(reference, str):
        file, _, place = reference.partition("#")
        target = _component(release, file) if file else component
        copy["$ref"] = f"#/components/schemas/{target}{place}"
    return copy
