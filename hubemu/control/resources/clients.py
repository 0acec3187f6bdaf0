"""`/api/v1/clients`: the clients of the Hub, added, changed and removed while it is up."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import read_body
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.control.table_rows import (
    ClientBody,
    ClientRowId,
    NewClient,
    for_the_tables,
    require_form,
    row_pointer,
)
from hubemu.hub_routing import RoutingChange
from hubemu.routing_changes import with_client, without_client
from hubemu.routing_json import client_of, client_row
from hubemu.suggestions import did_you_mean
from hubemu.topology import QUEUE_KINDS

__all__ = [
    "ADD_CLIENT",
    "CLIENT",
    "CLIENTS",
    "PUT_CLIENT",
    "REMOVE_CLIENT",
    "add_client",
    "client",
    "clients",
    "put_client",
    "remove_client",
]

_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_ID = Parameter("id", "Its id", where="path")
_NEW_ID = Parameter("id", "Its id", reference("ClientRowId"), where="path")
_DONE = Answer("The client, and what the change did", reference("ClientChange"))

CLIENTS = Operation(
    summary="Every client, as in clients.yaml",
    answers={200: Answer("The clients", reference("ClientRows"))},
)
ADD_CLIENT = Operation(
    summary="Add a client: certificates, user, queues; when this answers it can connect",
    body=NewClient,
    answers={201: _DONE},
    refusals=_REFUSALS,
)
CLIENT = Operation(
    summary="One client: its row, its certificates, its queues",
    parameters=(_ID,),
    answers={200: Answer("The client", reference("ClientDetails"))},
    refusals=(HTTPStatus.NOT_FOUND,),
)
PUT_CLIENT = Operation(
    summary="Have a client be so: it is added, or its row replaced; connections of others stay",
    parameters=(_NEW_ID,),
    body=ClientBody,
    answers={200: _DONE, 201: _DONE},
    refusals=_REFUSALS,
)
REMOVE_CLIENT = Operation(
    summary="Remove a client: its connections are closed (320), its queues gone",
    parameters=(_ID,),
    answers={200: Answer("What the change did", reference("RoutingChange"))},
    refusals=(*_REFUSALS, HTTPStatus.NOT_FOUND),
)


async def clients(request: Request, context: Context) -> Response:
    """All rows."""
    rows = [client_row(one) for one in context.hub.tables.clients.values()]
    return json_response({"clients": rows})


async def client(request: Request, context: Context) -> Response:
    """One of them."""
    name, known = request.path_params["id"], context.hub.tables.clients
    if name not in known:
        hint = did_you_mean(name, known)
        detail = f"no client is called {name!r}; {hint}there are {', '.join(known)}"
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return json_response(_details(context, name))


async def add_client(request: Request, context: Context) -> Response:
    """The client that is there now."""
    row = await read_body(request, NewClient)
    return await _put(context, row.id, row, new=True)


async def put_client(request: Request, context: Context) -> Response:
    """The client as it is now."""
    name = request.path_params["id"]
    row = await read_body(request, ClientBody)
    if row.id not in (None, name):
        detail = f"it differs from {name!r} in the path: leave it out, an id is never changed"
        errors = [{"pointer": "#/id", "detail": detail}]
        raise Problem(HTTPStatus.CONFLICT, f"#/id: {detail}", errors=errors)
    require_form(ClientRowId, name, "a client id such as fr.health.samuX")
    return await _put(context, name, row, new=False)


async def remove_client(request: Request, context: Context) -> Response:
    """What became of it."""
    name = request.path_params["id"]
    work = context.hub.routing.change(lambda tables: without_client(tables, name))
    done = await for_the_tables(work, lambda _refused: "")
    return json_response(done.to_json())


async def _put(context: Context, name: str, row: ClientBody, *, new: bool) -> Response:
    wanted = client_of({**row.model_dump(), "id": name})
    work = context.hub.routing.change(lambda tables: with_client(tables, wanted, new=new))
    done: RoutingChange = await for_the_tables(work, row_pointer(name))
    told = {"client": _details(context, name), "change": done.to_json()}
    status = HTTPStatus.CREATED if name in done.clients.added else HTTPStatus.OK
    response = json_response(told, status)
    response.headers["Location"] = f"/api/v1/clients/{name}"
    return response


def _details(context: Context, name: str) -> dict[str, Any]:
    hub = context.hub
    found, environment = hub.tables.clients[name], hub.settings.environment
    return {
        "row": client_row(found),
        "commonNames": {kind: found.common_name(kind, environment) for kind in ("legacy", "igc")},
        "certificates": str(Path(hub.endpoints()["certs"]) / "clients" / name),
        "queues": [
            f"{one}.{kind}"
            for one in dict.fromkeys((*found.own_ids, *found.reads_as))
            for kind in QUEUE_KINDS
        ],
        "vhosts": list(hub.tables.vhosts),
    }
