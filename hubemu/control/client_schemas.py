"""Component schemas of what writes and reads as a client: verdicts, examples, inboxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.control.operations import Schema

__all__ = ["CLIENT_SCHEMAS"]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def _object(properties: Mapping[str, Schema]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


_CODE = _object({"statusCode": {"type": "integer"}, "statusString": _TEXT})
_PROBLEM = _object({"path": _TEXT, "rule": _TEXT, "expected": _TEXT_OR_NULL, "got": _TEXT_OR_NULL})
_CASE = _object({"name": _TEXT, "type": _TEXT, "title": _object({"en": _TEXT, "fr": _TEXT})})
_INBOX = _object(
    {
        "id": _TEXT,
        "as": _TEXT,
        "vhost": _TEXT,
        "open": {"type": "boolean"},
        "auto": {"type": "boolean", "description": "Acknowledges by itself"},
        "why": {"type": ["string", "null"], "description": "Why it is not open any more"},
    }
)
_DELIVERY: Schema = {
    "type": "object",
    "properties": {
        "number": _COUNT,
        "inbox": _TEXT,
        "at": {"type": "string", "format": "date-time"},
        "state": {"enum": ["waiting", "acknowledged", "refused", "requeued", "returned"]},
        "answered": {"type": "boolean", "description": "An RC-REF was sent on it"},
        "queue": _TEXT,
        "body": _TEXT,
    },
    "required": ["number", "inbox", "at", "state", "answered", "queue", "body"],
    "description": "The further names are those of `hubemu listen --json`",
}

CLIENT_SCHEMAS: Mapping[str, Schema] = {
    "Verdict": _object(
        {
            "type": _TEXT_OR_NULL,
            "accepted": {"type": "boolean"},
            "errorCode": {"oneOf": [{"type": "null"}, _CODE]},
            "errorCause": _TEXT_OR_NULL,
            "queue": _TEXT_OR_NULL,
            "problems": _list_of(_PROBLEM),
            "spec": _TEXT_OR_NULL,
            "mend": {"type": ["string", "null"], "description": "What to do about it"},
        }
    ),
    "Examples": _object({"types": _list_of(_TEXT), "examples": _list_of(_CASE)}),
    "Cases": _object(
        {"cases": {"type": "object", "additionalProperties": _TEXT, "description": "By id"}}
    ),
    "Inbox": _INBOX,
    "Delivery": _DELIVERY,
    "Inboxes": _object(
        {"inboxes": _list_of(_INBOX), "deliveries": _list_of(_DELIVERY), "next": _COUNT}
    ),
}
"""Name to schema."""
