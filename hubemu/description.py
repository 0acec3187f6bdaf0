"""Clients and vHosts of a Hub as the control API shows them, and who is who among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.broker.core import QueueDepth
from hubemu.dispatcher import VHostContext
from hubemu.events import Directory
from hubemu.routing import RoutingTables
from hubemu.settings import Environment
from hubemu.topology import Topology

__all__ = ["describe_clients", "describe_vhost", "directory_of"]


def describe_clients(tables: RoutingTables, environment: Environment) -> list[dict[str, Any]]:
    """Every client: preferences, the ids it may act for, and its certificates' names."""
    return [
        {
            "id": client.id,
            "useXML": client.use_xml,
            "directCISU": client.direct_cisu,
            "editor": client.editor,
            "actsFor": list(client.own_ids),
            "writesAs": list(client.writes_as),
            "readsAs": list(client.reads_as),
            "commonNames": {
                kind: client.common_name(kind, environment) for kind in ("legacy", "igc")
            },
        }
        for client in tables.clients.values()
    ]


def describe_vhost(
    context: VHostContext, tables: RoutingTables, depths: Mapping[str, QueueDepth]
) -> dict[str, Any]:
    """One vHost: release, types allowed, default TTL in seconds, how full its queues are."""
    row = tables.vhosts[context.name]
    return {
        "name": context.name,
        "perimeter": row.perimeter,
        "model": row.model,
        "types": list(context.allowed),
        "ttl": context.ttl,
        "queues": {
            queue: {"ready": depth.ready, "unacked": depth.unacked, "consumers": depth.consumers}
            for queue, depth in depths.items()
        },
    }


def directory_of(tables: RoutingTables, topology: Topology) -> Directory:
    """Who is who on a Hub, for what is told of connections."""
    return Directory(
        users=topology.users,
        ids={client.id: (*client.own_ids, *client.writes_as) for client in tables.clients.values()},
        vhosts=list(topology.vhosts),
    )
