"""Component schemas of the Hub itself: what it is, how it is, its clock and certificates."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.control.operations import Schema, reference
from hubemu.control.schemas.terms import COUNT, INSTANT, TEXT, TEXT_OR_NULL, list_of, object_of
from hubemu.hub_snapshots import SNAPSHOT_NAME
from hubemu.settings import Environment, Phase, QueueType

__all__ = ["HUB_SCHEMAS"]

_QUEUE = object_of({"ready": COUNT, "unacked": COUNT, "consumers": COUNT})
_VHOST = object_of(
    {
        "name": TEXT,
        "perimeter": TEXT,
        "model": {"type": "string", "description": "Model release"},
        "types": {**list_of(TEXT), "description": "Message types allowed"},
        "ttl": {"type": "integer", "description": "Default time-to-live in seconds"},
        "queues": {"type": "object", "additionalProperties": _QUEUE},
    }
)
_CLIENT = object_of(
    {
        "id": TEXT,
        "useXML": {"type": "boolean"},
        "directCISU": {"type": "boolean"},
        "editor": TEXT,
        "actsFor": list_of(TEXT),
        "writesAs": list_of(TEXT),
        "readsAs": list_of(TEXT),
        "commonNames": object_of({"legacy": TEXT, "igc": TEXT}),
    }
)

_STANDS: Schema = {"type": "boolean", "description": "It goes on only when it is moved"}
_BEGINS: Schema = {
    "type": ["string", "null"],
    "format": "date-time",
    "description": "Where it is at the start (`hubemu up --now`); null: at real time",
}
_SNAPSHOT = object_of(
    {
        "name": {"type": "string", "pattern": SNAPSHOT_NAME},
        "at": {**INSTANT, "description": "When it was taken, by the Hub's clock"},
        "offset": {"type": "number", "description": "Seconds that clock was ahead of real time"},
        "phase": {**TEXT, "description": "Or the step of another change of certificates"},
        "messages": {**COUNT, "description": "Waiting in queues"},
        "journal": {**COUNT, "description": "Messages in the journal"},
        "faults": {**COUNT, "description": "Fault rules, ended ones too"},
        "clients": COUNT,
        "vhosts": COUNT,
    }
)

HUB_SCHEMAS: Mapping[str, Schema] = {
    "Converted": object_of(
        {
            "converted_messages": {"type": "array", "items": {"type": "object"}},
            "edxl": {"type": "object", "description": "The one message, in the older forms"},
        },
        optional=("edxl",),
    ),
    "ConversionError": object_of({"error": TEXT}),
    "Problem": object_of(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong and how to mend it"},
            "instance": {"type": "string", "format": "uri-reference"},
            "errors": list_of(object_of({"pointer": TEXT, "detail": TEXT})),
        },
        optional=("instance", "errors"),
    ),
    "Health": object_of(
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
    "Readiness": object_of({"ready": {"type": "boolean"}, "reasons": list_of(TEXT)}),
    "Version": object_of({"name": TEXT, "version": TEXT, "python": TEXT}),
    "Hub": object_of(
        {
            "pid": {"type": "integer"},
            "engine": TEXT,
            "environment": {"enum": [environment.value for environment in Environment]},
            "phase": {"enum": [phase.value for phase in Phase]},
            "amqps": object_of({"host": TEXT, "port": COUNT}),
            "http": {"type": "string", "format": "uri"},
            "certs": {"type": "string", "description": "Folder of the test certificates"},
            "vhosts": list_of(_VHOST),
            "clients": list_of(_CLIENT),
            "queueType": {"enum": [kind.value for kind in QueueType]},
            "countsLag": {
                "type": "number",
                "minimum": 0,
                "description": "Seconds by which the depths, and the list of connections, may be "
                "behind: 0, but for a RabbitMQ that only its statistics tell of",
            },
            "seed": {"type": "integer", "description": "Of every random choice, and of ids"},
            "clock": {
                **object_of({"begins": _BEGINS, "stands": _STANDS}),
                "description": "Only if it does not go with real time",
            },
        },
        optional=("clock",),
    ),
    "Clock": object_of(
        {
            "now": INSTANT,
            "offset": {"type": "number", "description": "Seconds ahead of real time"},
            "stands": _STANDS,
            "begins": _BEGINS,
        }
    ),
    "Snapshot": _SNAPSHOT,
    "Snapshots": object_of({"snapshots": list_of(reference("Snapshot"))}),
    "CurrentPhase": object_of(
        {
            "phase": {"enum": [phase.value for phase in Phase]},
            "step": {**TEXT, "description": "Of a migration; that of a phase is called like it"},
            "migration": {
                **TEXT_OR_NULL,
                "description": "The migration it was led through last; null: the phases",
            },
            "certs": {**TEXT, "description": "The folder of the certificates of this step"},
            "disconnected": COUNT,
        },
        optional=("disconnected",),
    ),
    "Migrations": object_of(
        {
            "migrations": list_of(
                object_of(
                    {
                        "name": TEXT,
                        "title": object_of({"en": TEXT, "fr": TEXT}),
                        "steps": list_of(TEXT),
                        "about": {
                            "type": "object",
                            "additionalProperties": object_of({"en": TEXT, "fr": TEXT}),
                            "description": "What each step is",
                        },
                    }
                )
            )
        }
    ),
}
"""Name to schema."""
