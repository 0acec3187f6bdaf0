"""`/api/v1/events`: what happened on the Hub, the newest or as it happens."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.known_names import VHOST
from hubemu.control.long_polling import MAX_WAIT, WAIT, answer_when
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.query import WHOLE, Query
from hubemu.events import Kind, Level, Wanted

__all__ = ["EVENTS", "events"]

_KINDS: tuple[str, ...] = get_args(Kind)
_LEVELS: tuple[str, ...] = get_args(Level)
_DEFAULT_LIMIT, _MAX_LIMIT = 1_000, 10_000

EVENTS = Operation(
    summary="What happened: connections, refusals, messages, changes of the Hub. Without `after` "
    "the newest; with it those that follow, and with `wait` as soon as one comes",
    parameters=(
        Parameter("client", "Only events of this client id, on either side of a message"),
        VHOST,
        Parameter("level", "`refused`: only what a client did not get", {"enum": list(_LEVELS)}),
        Parameter("kind", "Only events of this kind", {"enum": list(_KINDS)}),
        Parameter("after", "Only events after this number (`next`)", WHOLE),
        Parameter(
            "limit",
            f"Events at most, {_DEFAULT_LIMIT} unless given",
            {"type": "integer", "minimum": 1, "maximum": _MAX_LIMIT, "default": _DEFAULT_LIMIT},
        ),
        Parameter(
            "wait",
            "Seconds to wait for a first one (with `after`)",
            WAIT,
        ),
    ),
    answers={200: Answer("Events, oldest first, and where to go on", reference("Events"))},
    refusals=(HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE),
)


async def events(request: Request, context: Context) -> Response:
    """A page of events, at once or as soon as one comes."""
    query = Query(request, [parameter.name for parameter in EVENTS.parameters])
    log = context.hub.events
    wanted = Wanted(
        client=query.text("client"),
        vhost=query.choice("vhost", list(context.hub.tables.vhosts)),
        level=cast("Level | None", query.choice("level", _LEVELS)),
        kind=cast("Kind | None", query.choice("kind", _KINDS)),
    )
    limit = query.count("limit", _DEFAULT_LIMIT, most=_MAX_LIMIT)
    wait = query.seconds("wait", most=MAX_WAIT)
    if query.text("after") is None:
        return json_response(log.latest(wanted, limit=limit).to_json())
    after = query.number("after")

    async def ask(seconds: float) -> object:
        return (await log.wait(wanted, after=after, limit=limit, timeout=seconds)).to_json()

    return await answer_when(request, context, ask, wait)
