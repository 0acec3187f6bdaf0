"""A release compiled to JSON Schemas (draft-07), laid out like the official library's folder.

One schema per message type, `EDXL-DE-full` that refers to them, and `EDXL-DE-envelope-only`.
Source of the envelope and of the policies on further keys: facts validation 4, json-xml 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.messages.models.model import Field, MessageModel, ObjectModel, ReleaseModel
from hubemu.messages.schemas.layout import ENVELOPE_SCHEMA, FULL_SCHEMA, schema_file

__all__ = ["compile_json_schemas"]

Schema = dict[str, Any]

_DATETIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[\-+]\d{2}:\d{2}"
_KINDS = ("Report", "Update", "Cancel", "Ack", "Error")
_STATUSES = ("Actual", "Exercise")


def compile_json_schemas(model: ReleaseModel) -> dict[str, Schema]:
    """The JSON Schemas of a release by file name."""
    messages = {message.name: message for message in (model.header, *model.messages)}
    schemas = {
        schema_file(name): _message(message, model.anchored) for name, message in messages.items()
    }
    branches = [_branch([messages[name] for name in group], model) for group in model.groups]
    schemas[FULL_SCHEMA] = _envelope({"type": "object", "oneOf": branches}, closed=False)
    schemas[ENVELOPE_SCHEMA] = _envelope({"type": "object"}, closed=True)
    return schemas


def _message(message: MessageModel, anchored: bool) -> Schema:
    return {
        **_object(message.root, anchored),
        "definitions": {name: _object(model, anchored) for name, model in message.objects.items()},
    }


def _object(model: ObjectModel, anchored: bool) -> Schema:
    return {
        "type": "object",
        "required": [field.name for field in model.fields if field.required],
        "properties": {field.name: _field(field, anchored) for field in model.fields},
        "additionalProperties": bool(model.open),
    }


def _field(field: Field, anchored: bool) -> Schema:
    schema = _value(field, anchored)
    if not field.many:
        return schema
    bounds = {"minItems": field.least, "maxItems": field.most}
    limits = {keyword: bound for keyword, bound in bounds.items() if bound is not None}
    return {"type": "array", "items": schema, **limits}


def _value(field: Field, anchored: bool) -> Schema:
    if field.type == "object":
        return {"$ref": f"#/definitions/{field.target}"}
    if field.type == "datetime":
        return {"type": "string", "pattern": _pattern(_DATETIME, anchored), "format": "date-time"}
    if field.codes:
        return {"type": "string", "enum": list(field.codes)}
    if field.pattern:
        return {"type": "string", "pattern": _pattern(field.pattern, anchored)}
    return {"type": field.type}


def _pattern(pattern: str, anchored: bool) -> str:
    return f"^{pattern}$" if anchored else pattern


def _branch(group: list[MessageModel], model: ReleaseModel) -> Schema:
    alternatives: list[Schema] = [
        {
            "properties": {message.key: {"$ref": schema_file(message.name)}},
            "required": [message.key],
        }
        for message in group
    ]
    content = alternatives[0] if len(alternatives) == 1 else {"oneOf": alternatives}
    body = {"properties": {"message": content}}
    if not group[0].header:
        return body
    header = {"properties": {"message": {"$ref": schema_file(model.header.name)}}}
    return {"allOf": [header, body]}


def _envelope(embedded: Schema, *, closed: bool) -> Schema:
    """The EDXL-DE envelope; its content objects are only closed in the envelope-only schema."""
    shut: Schema = {"additionalProperties": False} if closed else {}
    moment = {"type": "string", "format": "date-time"}
    text = {"type": "string"}
    fields: Mapping[str, Schema] = {
        "distributionID": text,
        "senderID": text,
        "dateTimeSent": moment,
        "dateTimeExpires": moment,
        "distributionStatus": {"$ref": "#/definitions/DistributionStatus"},
        "distributionKind": {"$ref": "#/definitions/DistributionKind"},
        "descriptor": {"$ref": "#/definitions/Descriptor"},
        "content": {"$ref": "#/definitions/Content"},
    }
    address = {"explicitAddressScheme": text, "explicitAddressValue": text}
    descriptor = {"language": text, "explicitAddress": {"$ref": "#/definitions/ExplicitAddress"}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "required": list(fields),
        "properties": dict(fields),
        "additionalProperties": False,
        "definitions": {
            "Content": {
                "type": "array",
                "items": {"$ref": "#/definitions/ContentObject"},
                "minItems": 1,
            },
            "ContentObject": _required(
                {"jsonContent": {"$ref": "#/definitions/JsonContent"}}, shut
            ),
            "JsonContent": _required(
                {"embeddedJsonContent": {"$ref": "#/definitions/EmbeddedJsonContent"}}, shut
            ),
            "EmbeddedJsonContent": embedded,
            "Descriptor": _required(descriptor, {"additionalProperties": False}),
            "ExplicitAddress": _required(address, {"additionalProperties": False}),
            "DistributionKind": {"type": "string", "enum": list(_KINDS)},
            "DistributionStatus": {"type": "string", "enum": list(_STATUSES)},
        },
    }


def _required(properties: Mapping[str, Schema], rest: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        **rest,
    }
