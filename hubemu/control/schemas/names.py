"""Component schemas of the names that this Hub knows: exactly those that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hubemu.control.known_names import publishers
from hubemu.control.operations import Schema
from hubemu.control.resources.page import file_names
from hubemu.scenarios.listing import shipped

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["names_of"]


def names_of(hub: Hub) -> Mapping[str, Schema]:
    """Name to schema, as the routing tables, certificates and scenarios are now."""
    scenarios = shipped()
    actors = (actor.id for one in scenarios for actor in one.scenario.clients.values())
    return {
        "VHostName": _one_of(hub.tables.vhosts, "A vHost"),
        "Publisher": _one_of(publishers(hub.tables), "A client id that may publish"),
        "ClientId": _one_of(hub.tables.clients, "A client of the routing tables"),
        "AuthorityName": _one_of(hub.pki.authorities, "An authority of this Hub"),
        "RevocationList": _one_of((f"{one}.crl" for one in hub.pki.authorities), "A list of one"),
        "PageFile": _one_of(file_names(), "A file of the page"),
        "ScenarioName": _one_of((one.name for one in scenarios), "A scenario that ships"),
        "ActorId": _one_of(actors, "The client id of an actor of a scenario"),
    }


def _one_of(names: Iterable[str], description: str) -> dict[str, Any]:
    return {"type": "string", "enum": sorted(set(names)), "description": description}
