"""`/api/v1/vhosts`: the vHosts of the Hub, added, changed and removed while it is up."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import read_body
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.control.table_rows import (
    NewVHost,
    VHostBody,
    VHostKey,
    for_the_tables,
    require_form,
    row_pointer,
)
from hubemu.routing_changes import with_vhost, without_vhost
from hubemu.routing_json import vhost_of, vhost_row
from hubemu.suggestions import did_you_mean

__all__ = [
    "ADD_VHOST",
    "PUT_VHOST",
    "REMOVE_VHOST",
    "VHOST_ROW",
    "VHOST_ROWS",
    "add_vhost",
    "put_vhost",
    "remove_vhost",
    "vhost",
    "vhosts",
]

_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_NAME = Parameter("name", "Its name", where="path")
_NEW_NAME = Parameter("name", "Its name", reference("VHostKey"), where="path")
_DONE = Answer("The vHost, and what the change did", reference("VHostChange"))

VHOST_ROWS = Operation(
    summary="Every vHost, as in vhosts.yaml",
    answers={200: Answer("The vHosts", reference("VHostRows"))},
)
ADD_VHOST = Operation(
    summary="Add a vHost with the queues of every client; when this answers it is dispatched",
    body=NewVHost,
    answers={201: _DONE},
    refusals=_REFUSALS,
)
VHOST_ROW = Operation(
    summary="One vHost: its row, and the types it takes",
    parameters=(_NAME,),
    answers={200: Answer("The vHost", reference("VHostDetails"))},
    refusals=(HTTPStatus.NOT_FOUND,),
)
PUT_VHOST = Operation(
    summary="Have a vHost be so: it is added, or its row replaced; its queues and connections stay",
    parameters=(_NEW_NAME,),
    body=VHostBody,
    answers={200: _DONE, 201: _DONE},
    refusals=_REFUSALS,
)
REMOVE_VHOST = Operation(
    summary="Remove a vHost with its queues: connections there are closed (320)",
    parameters=(_NAME,),
    answers={200: Answer("What the change did", reference("RoutingChange"))},
    refusals=(*_REFUSALS, HTTPStatus.NOT_FOUND),
)


async def vhosts(request: Request, context: Context) -> Response:
    """All rows."""
    known = context.hub.tables.vhosts.items()
    return json_response({"vhosts": {name: vhost_row(one) for name, one in known}})


async def vhost(request: Request, context: Context) -> Response:
    """One of them."""
    name, known = request.path_params["name"], context.hub.tables.vhosts
    if name not in known:
        hint = did_you_mean(name, known)
        detail = f"no vHost is called {name!r}; {hint}there are {', '.join(known)}"
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return json_response(_details(context, name))


async def add_vhost(request: Request, context: Context) -> Response:
    """The vHost that is there now."""
    row = await read_body(request, NewVHost)
    return await _put(context, row.name, row, new=True)


async def put_vhost(request: Request, context: Context) -> Response:
    """The vHost as it is now."""
    name = request.path_params["name"]
    row = await read_body(request, VHostBody)
    require_form(VHostKey, name, "a name of a vHost, such as 15-15_v2.0")
    return await _put(context, name, row, new=False)


async def remove_vhost(request: Request, context: Context) -> Response:
    """What became of it."""
    name = request.path_params["name"]
    work = context.hub.routing.change(lambda tables: without_vhost(tables, name))
    done = await for_the_tables(work, lambda _refused: "")
    return json_response(done.to_json())


async def _put(context: Context, name: str, row: VHostBody, *, new: bool) -> Response:
    wanted = vhost_of(row.model_dump(exclude={"name"}))
    work = context.hub.routing.change(lambda tables: with_vhost(tables, name, wanted, new=new))
    done = await for_the_tables(work, row_pointer(name))
    told = {"vhost": _details(context, name), "change": done.to_json()}
    status = HTTPStatus.CREATED if name in done.vhosts.added else HTTPStatus.OK
    response = json_response(told, status)
    response.headers["Location"] = f"/api/v1/vhosts/{name}"
    return response


def _details(context: Context, name: str) -> dict[str, Any]:
    hub = context.hub
    return {
        "name": name,
        "row": vhost_row(hub.tables.vhosts[name]),
        "types": list(hub.dispatcher.contexts[name].allowed),
        "ttl": hub.dispatcher.contexts[name].ttl,
    }
