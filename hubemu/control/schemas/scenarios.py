"""Component schemas of scenarios and their runs."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.control.operations import Schema, reference
from hubemu.control.schemas.terms import COUNT, TEXT, TEXT_OR_NULL, list_of, object_of

__all__ = ["SCENARIO_SCHEMAS"]

SCENARIO_SCHEMAS: Mapping[str, Schema] = {
    "Scenarios": object_of(
        {
            "scenarios": list_of(
                object_of(
                    {
                        **dict.fromkeys(("name", "title", "milestone", "file"), TEXT),
                        "case": TEXT_OR_NULL,
                        **dict.fromkeys(("proves", "vhosts", "engines"), list_of(TEXT)),
                        "clients": {"type": "object", "additionalProperties": TEXT},
                    }
                )
            )
        }
    ),
    "Run": object_of(
        {
            "id": TEXT,
            "state": {"enum": ["running", "ended", "cancelled"]},
            "seed": COUNT,
            "version": {**COUNT, "description": "Goes up with all that happens"},
            "waitsFor": {
                "oneOf": [
                    {"type": "null"},
                    object_of(
                        {
                            "text": TEXT,
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
                **list_of({"type": "object"}),
                "description": "As `hubemu scenario run --json` tells them; `verdict` is "
                "`running` while one is played",
            },
        }
    ),
    "Runs": object_of({"runs": list_of(reference("Run"))}),
    "Accepted": object_of({"id": TEXT}),
}
"""Name to schema."""
