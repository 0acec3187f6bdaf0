"""Component schemas of the answers, in the terms of JSON Schema 2020-12: one file a theme."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.control.operations import Schema
from hubemu.control.schemas.clients import CLIENT_SCHEMAS
from hubemu.control.schemas.connections import CONNECTION_SCHEMAS
from hubemu.control.schemas.faults import FAULT_SCHEMAS
from hubemu.control.schemas.hub import HUB_SCHEMAS
from hubemu.control.schemas.messages import MESSAGE_SCHEMAS
from hubemu.control.schemas.routing import ROUTING_SCHEMAS
from hubemu.control.schemas.scenarios import SCENARIO_SCHEMAS

__all__ = ["SCHEMAS"]

SCHEMAS: Mapping[str, Schema] = {
    **HUB_SCHEMAS,
    **MESSAGE_SCHEMAS,
    **CONNECTION_SCHEMAS,
    **FAULT_SCHEMAS,
    **SCENARIO_SCHEMAS,
    **CLIENT_SCHEMAS,
    **ROUTING_SCHEMAS,
}
"""Name to schema; those of request bodies come from the models that check them."""
