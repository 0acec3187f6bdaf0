"""`/api/v1/inboxes`: read the queues of a client as that client, and deal with what came."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.inboxes import UnknownInbox
from hubemu.control.inboxes.inbox import Action
from hubemu.control.known_names import Publisher, VHostName, publishers, require_known
from hubemu.control.long_polling import MAX_WAIT, WAIT, answer_when
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.control.query import WHOLE, Query
from hubemu.errors import StartError

__all__ = [
    "CLOSE",
    "INBOXES",
    "OPEN",
    "SETTLE",
    "SET_AUTO",
    "close_inbox",
    "inboxes",
    "open_inbox",
    "set_auto",
    "settle",
]

_ID = Parameter("id", "Id of the inbox", where="path")
_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


class NewInbox(RequestBody):
    """Which client is to read its queues, on which vHost."""

    as_id: Annotated[Publisher, Field(alias="as")]
    vhost: VHostName


class AutoAcknowledge(RequestBody):
    """Whether whatever comes is acknowledged at once."""

    auto: bool


class Settlement(RequestBody):
    """What to do with a delivery.

    `acknowledge`: send the RC-REF to its sender, then basic.ack. `ack`: basic.ack alone. `refuse`:
    basic.reject, a dead letter of which its sender is told. `requeue`: back into the queue.
    """

    action: Action


INBOXES = Operation(
    summary="The inboxes that are open and the deliveries that changed, at once or as soon as one "
    "does; two minutes after nobody asked any more every inbox is closed",
    parameters=(
        Parameter("after", "Only what changed after this number (`next`)", WHOLE),
        Parameter(
            "wait",
            "Seconds to wait for a change",
            WAIT,
        ),
    ),
    answers={200: Answer("Inboxes, deliveries and where to go on", reference("Inboxes"))},
    refusals=(HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE),
)
OPEN = Operation(
    summary="Connect as a client, with its certificate, and consume its three queues: they are "
    "shared with its other consumers from then on; what is not acknowledged goes back at the end",
    body=NewInbox,
    answers={201: Answer("The inbox", reference("Inbox"))},
    refusals=_REFUSALS,
)
CLOSE = Operation(
    summary="Leave: what was not acknowledged goes back to its queue",
    parameters=(_ID,),
    answers={204: Answer("Closed")},
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
SET_AUTO = Operation(
    summary="Acknowledge whatever comes, by itself, or not any more",
    parameters=(_ID,),
    body=AutoAcknowledge,
    answers={200: Answer("The inbox", reference("Inbox"))},
    refusals=_REFUSALS,
)
SETTLE = Operation(
    summary="Acknowledge, refuse or put back a delivery",
    parameters=(_ID, Parameter("number", "Number of the delivery", WHOLE, "path")),
    body=Settlement,
    answers={200: Answer("The delivery as it stands now", reference("Delivery"))},
    refusals=_REFUSALS,
)


async def inboxes(request: Request, context: Context) -> Response:
    """What changed."""
    query = Query(request, [parameter.name for parameter in INBOXES.parameters])
    wait, after = query.seconds("wait", most=MAX_WAIT), query.number("after")
    return await answer_when(request, context, partial(context.inboxes.changes, after), wait)


async def open_inbox(request: Request, context: Context) -> Response:
    """An inbox that is open."""
    wanted = await read_body(request, NewInbox)
    tables = context.hub.tables
    require_known("#/as", wanted.as_id, publishers(tables), "client id")
    require_known("#/vhost", wanted.vhost, tables.vhosts, "vHost")
    try:
        inbox = await context.inboxes.open(wanted.as_id, wanted.vhost)
    except StartError as error:  # a fault rule holds its connections, say: the API itself answers
        raise Problem(HTTPStatus.CONFLICT, f"{wanted.as_id} cannot connect: {error}") from None
    return json_response(inbox.to_json(), HTTPStatus.CREATED)


async def close_inbox(request: Request, context: Context) -> Response:
    """Nothing: it is closed."""
    try:
        await context.inboxes.close(request.path_params["id"])
    except UnknownInbox as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
    return Response(status_code=HTTPStatus.NO_CONTENT.value)


async def set_auto(request: Request, context: Context) -> Response:
    """The inbox, as set."""
    wanted = await read_body(request, AutoAcknowledge)
    try:
        inbox = context.inboxes.get(request.path_params["id"])
    except UnknownInbox as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
    inbox.auto = wanted.auto
    context.inboxes.tell()
    return json_response(inbox.to_json())


async def settle(request: Request, context: Context) -> Response:
    """The delivery, dealt with."""
    wanted = await read_body(request, Settlement)
    number = request.path_params["number"]
    try:
        if not number.isdecimal():
            raise UnknownInbox(f"No delivery has the number {number!r}.")
        held = await context.inboxes.settle(request.path_params["id"], int(number), wanted.action)
    except UnknownInbox as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
    return json_response(held.to_json())
