"""Component schemas of the answers, in the terms of JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from hubemu.control.client_schemas import CLIENT_SCHEMAS
from hubemu.control.operations import Schema, reference
from hubemu.events import Kind, Level
from hubemu.journal import Outcome
from hubemu.settings import Environment, Phase

__all__ = ["SCHEMAS"]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_BODY: Mapping[str, Schema] = {
    "body": _TEXT,
    "encoding": {"enum": ["utf-8", "base64"], "description": "How `body` is to be read"},
    "properties": {"type": "object", "description": "AMQP properties that were present"},
}


def _object(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


_ROW: Mapping[str, Schema] = {
    "id": _TEXT,
    "at": _INSTANT,
    "vhost": _TEXT,
    "sender": _TEXT,
    "recipient": _TEXT_OR_NULL,
    "distributionID": _TEXT_OR_NULL,
    "kind": _TEXT_OR_NULL,
    "type": _TEXT_OR_NULL,
    "format": {"enum": ["json", "xml", None]},
    "outcome": {
        "enum": list(get_args(Outcome)),
        "description": "The furthest the message went. RabbitMQ does not tell when a message is "
        "delivered or acknowledged: with that engine it stays `routed` unless it dies",
    },
    "errorCode": {
        "oneOf": [
            {"type": "null"},
            _object({"statusCode": {"type": "integer"}, "statusString": _TEXT}),
        ]
    },
    "errorCause": {"type": ["string", "null"], "description": "What the sender was told"},
    "problems": {
        **_list_of(
            _object(
                {
                    "path": _TEXT,
                    "rule": _TEXT,
                    "expected": _TEXT_OR_NULL,
                    "got": _TEXT_OR_NULL,
                }
            )
        ),
        "description": "What is wrong with the message, field by field (300)",
    },
    "spec": {"type": ["string", "null"], "description": "Section of the Hub's specification"},
    "queue": _TEXT_OR_NULL,
}

_RELATED = _object(
    {
        "relation": {
            "enum": ["answers", "acknowledgement", "error", "case", "error report"],
            "description": "`answers`: it is what the message asked for answers",
        },
        "id": {"type": ["string", "null"], "description": "null: not in the journal"},
        "at": _INSTANT,
        "distributionID": _TEXT_OR_NULL,
        "sender": _TEXT,
        "recipient": _TEXT_OR_NULL,
        "type": _TEXT_OR_NULL,
        "outcome": _TEXT,
    }
)
_CERTIFICATE: Schema = {
    "oneOf": [
        {"type": "null"},
        _object(
            {
                "subject": _TEXT_OR_NULL,
                "commonName": _TEXT_OR_NULL,
                "issuer": _TEXT_OR_NULL,
                "serial": _TEXT_OR_NULL,
                "notBefore": _TEXT_OR_NULL,
                "notAfter": _TEXT_OR_NULL,
                "sha256": _TEXT_OR_NULL,
                "chainLength": _COUNT,
            }
        ),
    ],
    "description": "The leaf that came, null when none did; its parts are null if unreadable",
}
_CONNECTION = _object(
    {
        "id": {},
        "client": _TEXT_OR_NULL,
        "user": _TEXT,
        "vhost": _TEXT,
        "peer": _TEXT,
        "tlsVersion": _TEXT_OR_NULL,
        "certificate": _CERTIFICATE,
        "connectedAt": _INSTANT,
        "channels": _COUNT,
        "product": _TEXT_OR_NULL,
        "productVersion": _TEXT_OR_NULL,
        "faults": {**_list_of(_TEXT), "description": "Fault rules that have struck it"},
    }
)
_ATTEMPT = _object(
    {
        "at": _INSTANT,
        "peer": _TEXT,
        "accepted": {"type": "boolean"},
        "tlsVersion": _TEXT_OR_NULL,
        "client": _TEXT_OR_NULL,
        "reason": {"type": ["string", "null"], "description": "Why it was refused, and the mend"},
        "openssl": {"type": ["string", "null"], "description": "OpenSSL's own words"},
        "certificate": _CERTIFICATE,
    }
)
_REFUSAL = _object(
    {
        "at": _INSTANT,
        "scope": {"enum": ["login", "vhost", "channel", "connection"]},
        "peer": _TEXT,
        "client": {"type": ["string", "null"], "description": "By its login or certificate"},
        "user": _TEXT_OR_NULL,
        "vhost": _TEXT_OR_NULL,
        "channel": {**_COUNT, "description": "0 for the connection"},
        "method": {"type": ["string", "null"], "description": "AMQP method that was refused"},
        "code": {**_COUNT, "description": "AMQP reply code, 0 where there is none"},
        "text": {"type": "string", "description": "The reply text, or the broker's log line"},
        "why": {"type": "string", "description": "The reason in plain words"},
        "mend": {"type": "string", "description": "What to do about it"},
    }
)
_EVENT: Schema = {
    "type": "object",
    "properties": {
        "number": _COUNT,
        "at": _INSTANT,
        "kind": {"enum": list(get_args(Kind))},
        "level": {"enum": list(get_args(Level))},
    },
    "required": ["number", "at", "kind", "level"],
    "description": "The further names depend on the kind: a message bears those of a row of the "
    "journal, a refusal those of `refusals` of /api/v1/connections",
}
_QUEUE = _object({"ready": _COUNT, "unacked": _COUNT, "consumers": _COUNT})
_VHOST = _object(
    {
        "name": _TEXT,
        "perimeter": _TEXT,
        "model": {"type": "string", "description": "Model release"},
        "types": {**_list_of(_TEXT), "description": "Message types allowed"},
        "ttl": {"type": "integer", "description": "Default time-to-live in seconds"},
        "queues": {"type": "object", "additionalProperties": _QUEUE},
    }
)
_CLIENT = _object(
    {
        "id": _TEXT,
        "useXML": {"type": "boolean"},
        "directCISU": {"type": "boolean"},
        "editor": _TEXT,
        "actsFor": _list_of(_TEXT),
        "writesAs": _list_of(_TEXT),
        "readsAs": _list_of(_TEXT),
        "commonNames": _object({"legacy": _TEXT, "igc": _TEXT}),
    }
)

_FAULT = _object(
    {
        "id": _TEXT,
        "name": _TEXT_OR_NULL,
        "where": _TEXT,
        "match": {"type": "object"},
        "effect": _TEXT,
        "parameters": {"type": "object"},
        "after": _COUNT,
        "times": {"type": ["integer", "null"]},
        "every": {"type": "integer", "minimum": 1},
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "seconds": {"type": ["number", "null"]},
        "strikes": _COUNT,
        "lastStrike": {"type": ["string", "null"], "format": "date-time"},
        "ended": {
            "enum": ["times", "seconds", None],
            "description": "Why it strikes no more; it stays listed until it is cleared",
        },
    }
)
_REPORTED = (
    "sent",
    "confirmed",
    "waiting",
    "routed",
    "rejected",
    "delivered",
    "acknowledged",
    "deadLettered",
    "duplicated",
    "dropped",
    "reportsLost",
)

SCHEMAS: Mapping[str, Schema] = {
    "Problem": _object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong and how to mend it"},
            "instance": {"type": "string", "format": "uri-reference"},
            "errors": _list_of(_object({"pointer": _TEXT, "detail": _TEXT})),
        },
        optional=("instance", "errors"),
    ),
    "Health": _object(
        {
            "status": {"enum": ["UP", "DOWN"]},
            "components": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {"status": {"enum": ["UP", "DOWN"]}},
                    "required": ["status"],
                },
            },
        }
    ),
    "Readiness": _object({"ready": {"type": "boolean"}, "reasons": _list_of(_TEXT)}),
    "Version": _object({"name": _TEXT, "version": _TEXT, "python": _TEXT}),
    "Hub": _object(
        {
            "pid": {"type": "integer"},
            "engine": _TEXT,
            "environment": {"enum": [environment.value for environment in Environment]},
            "phase": {"enum": [phase.value for phase in Phase]},
            "amqps": _object({"host": _TEXT, "port": _COUNT}),
            "http": {"type": "string", "format": "uri"},
            "certs": {"type": "string", "description": "Folder of the test certificates"},
            "vhosts": _list_of(_VHOST),
            "clients": _list_of(_CLIENT),
        }
    ),
    "Connections": _object(
        {
            "connections": _list_of(_CONNECTION),
            "attempts": _list_of(_ATTEMPT),
            "refusals": _list_of(_REFUSAL),
        }
    ),
    "Events": _object({"events": _list_of(_EVENT), "next": _COUNT}),
    "Message": _object(_ROW),
    "Messages": _object({"messages": _list_of(reference("Message")), "next": _TEXT_OR_NULL}),
    "MessageDetail": _object(
        {
            **_ROW,
            **_BODY,
            "sha256": {"type": "string", "description": "base64, as the real Hub logs it"},
            "forwarded": _list_of(_object({"queue": _TEXT, **_BODY})),
            "trace": _list_of(_object({"at": _INSTANT, "step": _TEXT, "detail": _TEXT})),
            "conversation": _list_of(_RELATED),
        }
    ),
    "Fault": _FAULT,
    "Faults": _object(
        {
            "faults": _list_of(reference("Fault")),
            "seed": {"type": "integer", "description": "Of every draw"},
            "version": _TEXT,
            "hash": {"type": "string", "description": "Of the rules"},
        }
    ),
    "FaultKinds": _object({"kinds": _list_of({"type": "object"})}),
    "FaultReport": _object(
        {
            **dict.fromkeys(_REPORTED, _COUNT),
            "lost": {
                "type": "integer",
                "description": "Confirmed and not accounted for; 0 unless a rule drops",
            },
            "unused": {**_list_of(_TEXT), "description": "Rules that have never struck"},
            "seed": {"type": "integer"},
            "version": _TEXT,
            "hash": _TEXT,
        }
    ),
    "Scenarios": _object(
        {
            "scenarios": _list_of(
                _object(
                    {
                        **dict.fromkeys(("name", "title", "milestone", "file"), _TEXT),
                        "case": _TEXT_OR_NULL,
                        **dict.fromkeys(("proves", "vhosts", "engines"), _list_of(_TEXT)),
                        "clients": {"type": "object", "additionalProperties": _TEXT},
                    }
                )
            )
        }
    ),
    "Run": _object(
        {
            "id": _TEXT,
            "state": {"enum": ["running", "ended", "cancelled"]},
            "seed": _COUNT,
            "version": {**_COUNT, "description": "Goes up with all that happens"},
            "waitsFor": {
                "oneOf": [
                    {"type": "null"},
                    _object(
                        {
                            "text": _TEXT,
                            "question": {
                                "type": "boolean",
                                "description": "Whether it wants an answer: else software is "
                                "waited for, and a no gives it up",
                            },
                        }
                    ),
                ]
            },
            "scenarios": {
                **_list_of({"type": "object"}),
                "description": "As `hubemu scenario run --json` tells them; `verdict` is "
                "`running` while one is played",
            },
        }
    ),
    "Runs": _object({"runs": _list_of(reference("Run"))}),
    "Accepted": _object({"id": _TEXT}),
    **CLIENT_SCHEMAS,
    "Clock": _object({"now": _INSTANT, "offset": {"type": "number", "minimum": 0}}),
    "CurrentPhase": _object(
        {
            "phase": {"enum": [phase.value for phase in Phase]},
            "step": {**_TEXT, "description": "Of a migration; that of a phase is called like it"},
            "certs": {**_TEXT, "description": "The folder of the certificates of this step"},
            "disconnected": _COUNT,
        },
        optional=("disconnected",),
    ),
    "Migrations": _object(
        {
            "migrations": _list_of(
                _object(
                    {
                        "name": _TEXT,
                        "title": _object({"en": _TEXT, "fr": _TEXT}),
                        "steps": _list_of(_TEXT),
                    }
                )
            )
        }
    ),
}
"""Name to schema; those of request bodies come from the models that check them."""
