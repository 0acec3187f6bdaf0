"""`/api/v1/routing` and `/api/v1/topology`: the routing tables, and what follows from them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response, require_match, tagged_response
from hubemu.control.body import read_body
from hubemu.control.context import Context
from hubemu.control.known_names import VHOST
from hubemu.control.operations import Answer, Operation, reference
from hubemu.control.query import Query
from hubemu.control.table_rows import Tables, for_the_tables, tables_pointer
from hubemu.description import describe_clients
from hubemu.routing import RoutingTables
from hubemu.routing_json import tables_of, tables_row
from hubemu.topology import VHostTopology

__all__ = [
    "PUT_ROUTING",
    "RELOAD_ROUTING",
    "ROUTING",
    "TOPOLOGY",
    "put_routing",
    "reload_routing",
    "routing",
    "topology",
]

_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_DONE = Answer("What the change did", reference("RoutingChange"))

TOPOLOGY = Operation(
    summary="Everything that exists on the broker for the Hub: vHosts with exchanges, queues, "
    "bindings, policies and permissions, users, clients",
    parameters=(VHOST,),
    answers={200: Answer("The topology as it is in force", reference("Topology"))},
    refusals=(HTTPStatus.BAD_REQUEST,),
)
ROUTING = Operation(
    summary="The routing tables in force: what stands in vhosts.yaml and clients.yaml; "
    "the ETag is for If-None-Match, and for If-Match of a change",
    answers={
        200: Answer("The tables", reference("RoutingTables")),
        304: Answer("Those that If-None-Match names"),
    },
)
PUT_ROUTING = Operation(
    summary="Put whole tables in force: only what differs is changed, all of it or nothing; "
    "with If-Match, if they are still those that were read",
    body=Tables,
    answers={200: _DONE},
    refusals=(*_REFUSALS, HTTPStatus.PRECONDITION_FAILED),
)
RELOAD_ROUTING = Operation(
    summary="Read the folder of `--routing` again (without one: the built-in tables); "
    "a reset brings these back from now on",
    answers={200: _DONE},
    refusals=_REFUSALS,
)


async def topology(request: Request, context: Context) -> Response:
    """The topology, of all vHosts or of one."""
    hub = context.hub
    wanted = Query(request, ["vhost"]).choice("vhost", list(hub.topology.vhosts))
    shown = [one for one in hub.topology.vhosts.values() if wanted in (None, one.name)]
    users = [{"name": name, "client": client} for name, client in hub.topology.users.items()]
    return json_response(
        {
            "vhosts": [_vhost_json(one) | _row(context, one.name) for one in shown],
            "users": users,
            "clients": describe_clients(hub.tables, hub.settings.environment),
        }
    )


async def routing(request: Request, context: Context) -> Response:
    """The tables."""
    return tagged_response(request, tables_row(context.hub.tables))


async def put_routing(request: Request, context: Context) -> Response:
    """What differs now."""
    asked = await read_body(request, Tables)
    tables = tables_of(asked.model_dump())

    def instead_of(before: RoutingTables) -> RoutingTables:
        require_match(request, tables_row(before))
        return tables

    work = context.hub.routing.change(instead_of)
    done = await for_the_tables(work, tables_pointer(tables))
    return json_response(done.to_json())


async def reload_routing(request: Request, context: Context) -> Response:
    """What differs now."""
    done = await for_the_tables(context.hub.routing.reload(), lambda _refused: "")
    return json_response(done.to_json())


def _row(context: Context, name: str) -> dict[str, Any]:
    row, dispatched = context.hub.tables.vhosts[name], context.hub.dispatcher.contexts[name]
    types = list(dispatched.allowed)
    return {"perimeter": row.perimeter, "model": row.model, "types": types, "ttl": dispatched.ttl}


def _vhost_json(vhost: VHostTopology) -> dict[str, Any]:
    return {
        "name": vhost.name,
        "exchanges": [{"name": one.name, "type": one.type} for one in vhost.exchanges],
        "queues": [
            {"name": one.name, "owner": one.owner, "arguments": dict(one.arguments)}
            for one in vhost.queues
        ],
        "bindings": [
            {"exchange": one.exchange, "queue": one.queue, "routingKey": one.routing_key}
            for one in vhost.bindings
        ],
        "policies": [
            {"name": one.name, "pattern": one.pattern, "definition": dict(one.definition)}
            for one in vhost.policies
        ],
        "permissions": [
            {"user": one.user, "configure": one.configure, "write": one.write, "read": one.read}
            for one in vhost.permissions
        ],
        "topicPermissions": [
            {"user": one.user, "exchange": one.exchange, "write": one.write, "read": one.read}
            for one in vhost.topic_permissions
        ],
    }
