"""Component schemas of what writes and reads as a client: verdicts, examples, inboxes."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.control.operations import Schema
from hubemu.control.schemas.terms import COUNT, TEXT, TEXT_OR_NULL, list_of, object_of

__all__ = ["CLIENT_SCHEMAS"]

_CODE = object_of({"statusCode": {"type": "integer"}, "statusString": TEXT})
_PROBLEM = object_of({"path": TEXT, "rule": TEXT, "expected": TEXT_OR_NULL, "got": TEXT_OR_NULL})
_CASE = object_of({"name": TEXT, "type": TEXT, "title": object_of({"en": TEXT, "fr": TEXT})})
_INBOX = object_of(
    {
        "id": TEXT,
        "as": TEXT,
        "vhost": TEXT,
        "open": {"type": "boolean"},
        "auto": {"type": "boolean", "description": "Acknowledges by itself"},
        "why": {"type": ["string", "null"], "description": "Why it is not open any more"},
    }
)
_DELIVERY: Schema = {
    "type": "object",
    "properties": {
        "number": COUNT,
        "inbox": TEXT,
        "at": {"type": "string", "format": "date-time"},
        "state": {"enum": ["waiting", "acknowledged", "refused", "requeued", "returned"]},
        "answered": {"type": "boolean", "description": "An RC-REF was sent on it"},
        "queue": TEXT,
        "body": TEXT,
    },
    "required": ["number", "inbox", "at", "state", "answered", "queue", "body"],
    "description": "The further names are those of `hubemu listen --json`",
}

CLIENT_SCHEMAS: Mapping[str, Schema] = {
    "Verdict": object_of(
        {
            "type": TEXT_OR_NULL,
            "accepted": {"type": "boolean"},
            "errorCode": {"oneOf": [{"type": "null"}, _CODE]},
            "errorCause": TEXT_OR_NULL,
            "queue": TEXT_OR_NULL,
            "problems": list_of(_PROBLEM),
            "spec": TEXT_OR_NULL,
            "mend": {"type": ["string", "null"], "description": "What to do about it"},
        }
    ),
    "Examples": object_of({"types": list_of(TEXT), "examples": list_of(_CASE)}),
    "Cases": object_of(
        {"cases": {"type": "object", "additionalProperties": TEXT, "description": "By id"}}
    ),
    "Inbox": _INBOX,
    "Delivery": _DELIVERY,
    "Inboxes": object_of(
        {"inboxes": list_of(_INBOX), "deliveries": list_of(_DELIVERY), "next": COUNT}
    ),
}
"""Name to schema."""
