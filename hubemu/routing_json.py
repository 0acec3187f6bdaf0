"""Routing tables as JSON, under the names that they have in `vhosts.yaml` and `clients.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.routing import Client, RoutingTables, VHost

__all__ = ["client_of", "client_row", "tables_of", "tables_row", "vhost_of", "vhost_row"]

_NAMES = {"use_xml": "useXML", "direct_cisu": "directCISU"}
_FIELDS = {told: name for name, told in _NAMES.items()}


def client_row(client: Client) -> dict[str, Any]:
    """A client, every key of it."""
    return {
        "id": client.id,
        "useXML": client.use_xml,
        "directCISU": client.direct_cisu,
        "editor": client.editor,
        "acts_for": list(client.acts_for),
        "writes_as": list(client.writes_as),
        "reads_as": list(client.reads_as),
        "igc_name": client.igc_name,
    }


def vhost_row(vhost: VHost) -> dict[str, Any]:
    """A vHost, every key of it."""
    return {
        "perimeter": vhost.perimeter,
        "model": vhost.model,
        "also": list(vhost.also),
        "ttl": vhost.ttl,
    }


def tables_row(tables: RoutingTables) -> dict[str, Any]:
    """Whole tables: the keys of both files."""
    return {
        "transverse": list(tables.transverse),
        "test_contents": list(tables.test_contents),
        "perimeters": {name: list(types) for name, types in tables.perimeters.items()},
        "vhosts": {name: vhost_row(one) for name, one in tables.vhosts.items()},
        "clients": [client_row(one) for one in tables.clients.values()],
    }


def client_of(row: Mapping[str, Any]) -> Client:
    """The client of a row that was checked; keys may be left out."""
    return Client(**_arguments(row))


def vhost_of(row: Mapping[str, Any]) -> VHost:
    """The vHost of a row that was checked; keys may be left out."""
    return VHost(**_arguments(row))


def tables_of(row: Mapping[str, Any]) -> RoutingTables:
    """The tables of a row that was checked."""
    clients = [client_of(one) for one in row["clients"]]
    return RoutingTables(
        vhosts={name: vhost_of(one) for name, one in row["vhosts"].items()},
        clients={client.id: client for client in clients},
        perimeters={name: tuple(types) for name, types in row["perimeters"].items()},
        transverse=tuple(row["transverse"]),
        test_contents=tuple(row["test_contents"]),
    )


def _arguments(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _FIELDS.get(key, key): tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
    }
