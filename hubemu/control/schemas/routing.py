"""Component schemas of clients, vHosts, the routing tables and the topology they make."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.control.operations import Schema, reference
from hubemu.control.schemas.terms import COUNT, TEXT, TEXT_OR_NULL, list_of, object_of

__all__ = ["ROUTING_SCHEMAS"]

_FLAG: Schema = {"type": "boolean"}
_TEXTS = list_of(TEXT)
_CLIENT_ROW = object_of(
    {
        "id": TEXT,
        "useXML": _FLAG,
        "directCISU": _FLAG,
        "editor": TEXT,
        "acts_for": _TEXTS,
        "writes_as": _TEXTS,
        "reads_as": _TEXTS,
        "igc_name": TEXT_OR_NULL,
    }
)
_VHOST_ROW = object_of(
    {
        "perimeter": TEXT,
        "model": TEXT,
        "also": _TEXTS,
        "ttl": {"type": ["integer", "null"], "minimum": 1},
    }
)
_VHOST_ROWS: Schema = {"type": "object", "additionalProperties": _VHOST_ROW}
_ROWS = object_of({"added": _TEXTS, "changed": _TEXTS, "removed": _TEXTS})
_RIGHTS = {"user": TEXT, "write": TEXT, "read": TEXT}
_VHOST = object_of(
    {
        "name": TEXT,
        "perimeter": TEXT,
        "model": TEXT,
        "types": _TEXTS,
        "ttl": COUNT,
        "exchanges": list_of(object_of({"name": TEXT, "type": TEXT})),
        "queues": list_of(
            object_of({"name": TEXT, "owner": TEXT_OR_NULL, "arguments": {"type": "object"}})
        ),
        "bindings": list_of(object_of({"exchange": TEXT, "queue": TEXT, "routingKey": TEXT})),
        "policies": list_of(
            object_of({"name": TEXT, "pattern": TEXT, "definition": {"type": "object"}})
        ),
        "permissions": list_of(object_of({**_RIGHTS, "configure": TEXT})),
        "topicPermissions": list_of(object_of({**_RIGHTS, "exchange": TEXT})),
    }
)

ROUTING_SCHEMAS: Mapping[str, Schema] = {
    "ClientRowId": {
        "type": "string",
        "pattern": r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$",
        "minLength": 1,
        "maxLength": 64,
    },
    "VHostKey": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_.-]+$",
        "minLength": 1,
        "maxLength": 100,
    },
    "ClientRows": object_of({"clients": list_of(_CLIENT_ROW)}),
    "ClientDetails": object_of(
        {
            "row": _CLIENT_ROW,
            "commonNames": object_of({"legacy": TEXT, "igc": TEXT}),
            "certificates": {**TEXT, "description": "The folder of its files in this step"},
            "queues": _TEXTS,
            "vhosts": _TEXTS,
        }
    ),
    "VHostRows": object_of({"vhosts": _VHOST_ROWS}),
    "VHostDetails": object_of({"name": TEXT, "row": _VHOST_ROW, "types": _TEXTS, "ttl": COUNT}),
    "RoutingChange": object_of(
        {
            "clients": _ROWS,
            "vhosts": _ROWS,
            "disconnected": {**COUNT, "description": "Connections that were closed"},
        }
    ),
    "ClientChange": object_of(
        {"client": reference("ClientDetails"), "change": reference("RoutingChange")}
    ),
    "VHostChange": object_of(
        {"vhost": reference("VHostDetails"), "change": reference("RoutingChange")}
    ),
    "RoutingTables": object_of(
        {
            "transverse": _TEXTS,
            "test_contents": _TEXTS,
            "perimeters": {"type": "object", "additionalProperties": _TEXTS},
            "vhosts": _VHOST_ROWS,
            "clients": list_of(_CLIENT_ROW),
        }
    ),
    "Topology": object_of(
        {
            "vhosts": list_of(_VHOST),
            "users": list_of(object_of({"name": TEXT, "client": TEXT})),
            "clients": list_of({"type": "object", "description": "As in `GET /api/v1/hub`"}),
        }
    ),
}
"""Name to schema."""
