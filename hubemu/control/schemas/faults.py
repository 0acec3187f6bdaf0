"""Component schemas of fault rules, and of what they did."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.control.operations import Schema, reference
from hubemu.control.schemas.terms import COUNT, TEXT, TEXT_OR_NULL, list_of, object_of

__all__ = ["FAULT_SCHEMAS"]

_FAULT = object_of(
    {
        "id": TEXT,
        "name": TEXT_OR_NULL,
        "where": TEXT,
        "match": {"type": "object"},
        "effect": TEXT,
        "parameters": {"type": "object"},
        "after": COUNT,
        "times": {"type": ["integer", "null"]},
        "every": {"type": "integer", "minimum": 1},
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "seconds": {"type": ["number", "null"]},
        "strikes": COUNT,
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

FAULT_SCHEMAS: Mapping[str, Schema] = {
    "Fault": _FAULT,
    "Faults": object_of(
        {
            "faults": list_of(reference("Fault")),
            "seed": {"type": "integer", "description": "Of every draw"},
            "version": TEXT,
            "hash": {"type": "string", "description": "Of the rules"},
        }
    ),
    "FaultKinds": object_of({"kinds": list_of({"type": "object"})}),
    "FaultReport": object_of(
        {
            **dict.fromkeys(_REPORTED, COUNT),
            "lost": {
                "type": "integer",
                "description": "Confirmed and not accounted for; 0 unless a rule drops",
            },
            "unused": {**list_of(TEXT), "description": "Rules that have never struck"},
            "seed": {"type": "integer"},
            "version": TEXT,
            "hash": TEXT,
        }
    ),
}
"""Name to schema."""
