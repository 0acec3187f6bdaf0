"""`/api/v1/snapshots`: states of the Hub, taken down, and the way back to them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.hub_snapshots import SNAPSHOT_NAME, NoSuchSnapshot

__all__ = [
    "REMOVE_SNAPSHOT",
    "RESTORE",
    "SNAPSHOTS",
    "TAKE",
    "remove_snapshot",
    "restore",
    "snapshots",
    "take",
]


class NewSnapshot(RequestBody):
    """A snapshot to be taken; `replace`: instead of one of that name, if there is one."""

    name: Annotated[str, Field(pattern=SNAPSHOT_NAME)]
    replace: bool = False


_NAME = Parameter("name", "Its name", where="path")
_ONE = Answer("The snapshot, and how much is in it", reference("Snapshot"))

SNAPSHOTS = Operation(
    summary="The snapshots of the Hub, in the order they were taken",
    answers={200: Answer("The snapshots", reference("Snapshots"))},
)
TAKE = Operation(
    summary="Take a snapshot: messages waiting in queues, journal, fault rules, phase, clock, "
    "clients and vHosts (embedded engine)",
    body=NewSnapshot,
    answers={201: _ONE},
    refusals=(HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
)
RESTORE = Operation(
    summary="Bring the Hub back to a snapshot, wholly or not at all; connections stay open",
    parameters=(_NAME,),
    answers={200: _ONE},
    refusals=(
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
REMOVE_SNAPSHOT = Operation(
    summary="Forget a snapshot",
    parameters=(_NAME,),
    answers={204: Answer("Done")},
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)


async def snapshots(request: Request, context: Context) -> Response:
    """All of them."""
    return json_response({"snapshots": [one.to_json() for one in context.hub.snapshots.listed()]})


async def take(request: Request, context: Context) -> Response:
    """The one that was taken."""
    wanted = await read_body(request, NewSnapshot)
    taken = await context.hub.snapshots.take(wanted.name, replace=wanted.replace)
    return json_response(taken.to_json(), HTTPStatus.CREATED)


async def restore(request: Request, context: Context) -> Response:
    """The one that the Hub is as, now."""
    try:
        restored = await context.hub.snapshots.restore(request.path_params["name"])
    except NoSuchSnapshot as unknown:
        raise Problem(HTTPStatus.NOT_FOUND, str(unknown)) from None
    return json_response(restored.to_json())


async def remove_snapshot(request: Request, context: Context) -> Response:
    """It is no more."""
    try:
        context.hub.snapshots.remove(request.path_params["name"])
    except NoSuchSnapshot as unknown:
        raise Problem(HTTPStatus.NOT_FOUND, str(unknown)) from None
    return Response(status_code=HTTPStatus.NO_CONTENT.value)
