"""Component schemas of the journal: its rows, one message, and the events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from hubemu.control.operations import Schema, reference
from hubemu.control.properties import FIELD_VALUE
from hubemu.control.schemas.terms import COUNT, INSTANT, TEXT, TEXT_OR_NULL, list_of, object_of
from hubemu.events import Kind, Level
from hubemu.journal import Outcome

__all__ = ["MESSAGE_SCHEMAS"]

_BODY: Mapping[str, Schema] = {
    "body": TEXT,
    "encoding": {"enum": ["utf-8", "base64"], "description": "How `body` is to be read"},
    "properties": {"type": "object", "description": "AMQP properties that were present"},
}


_SHA256: Schema = {
    "type": "string",
    "description": "base64, as the real Hub logs it; empty where identities are replaced",
}
_ROW: Mapping[str, Schema] = {
    "id": TEXT,
    "at": INSTANT,
    "vhost": TEXT,
    "sender": TEXT,
    "recipient": TEXT_OR_NULL,
    "distributionID": TEXT_OR_NULL,
    "kind": TEXT_OR_NULL,
    "type": TEXT_OR_NULL,
    "format": {"enum": ["json", "xml", None]},
    "outcome": {
        "enum": list(get_args(Outcome)),
        "description": "The furthest the message went. RabbitMQ does not tell when a message is "
        "delivered or acknowledged: with that engine it stays `routed` unless it dies",
    },
    "errorCode": {
        "oneOf": [
            {"type": "null"},
            object_of({"statusCode": {"type": "integer"}, "statusString": TEXT}),
        ]
    },
    "errorCause": {"type": ["string", "null"], "description": "What the sender was told"},
    "problems": {
        **list_of(
            object_of(
                {
                    "path": TEXT,
                    "rule": TEXT,
                    "expected": TEXT_OR_NULL,
                    "got": TEXT_OR_NULL,
                }
            )
        ),
        "description": "What is wrong with the message, field by field (300)",
    },
    "spec": {"type": ["string", "null"], "description": "Section of the Hub's specification"},
    "queue": TEXT_OR_NULL,
}

_RELATED = object_of(
    {
        "relation": {
            "enum": ["answers", "acknowledgement", "error", "case", "error report"],
            "description": "`answers`: it is what the message asked for answers",
        },
        "id": {"type": ["string", "null"], "description": "null: not in the journal"},
        "at": INSTANT,
        "distributionID": TEXT_OR_NULL,
        "sender": TEXT,
        "recipient": TEXT_OR_NULL,
        "type": TEXT_OR_NULL,
        "outcome": TEXT,
    }
)
_EVENT: Schema = {
    "type": "object",
    "properties": {
        "number": COUNT,
        "at": INSTANT,
        "kind": {"enum": list(get_args(Kind))},
        "level": {"enum": list(get_args(Level))},
    },
    "required": ["number", "at", "kind", "level"],
    "description": "The further names depend on the kind: a message bears those of a row of the "
    "journal, a refusal those of `refusals` of /api/v1/connections",
}

MESSAGE_SCHEMAS: Mapping[str, Schema] = {
    "FieldValue": FIELD_VALUE,
    "Events": object_of({"events": list_of(_EVENT), "next": COUNT}),
    "Message": object_of(_ROW),
    "Messages": object_of({"messages": list_of(reference("Message")), "next": TEXT_OR_NULL}),
    "Recipes": object_of(
        {
            "recipes": {
                "type": "object",
                "additionalProperties": TEXT,
                "description": "Texts to run, by the name of the means",
            }
        }
    ),
    "Conversation": object_of(
        {"identitiesReplaced": {"type": "boolean"}, "messages": list_of(reference("MessageDetail"))}
    ),
    "MessageDetail": object_of(
        {
            **_ROW,
            **_BODY,
            "sha256": _SHA256,
            "forwarded": list_of(object_of({"queue": TEXT, **_BODY})),
            "trace": list_of(object_of({"at": INSTANT, "step": TEXT, "detail": TEXT})),
            "conversation": list_of(_RELATED),
        }
    ),
}
"""Name to schema."""
