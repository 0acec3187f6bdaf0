"""`/api/v1/clock`: the Hub's clock, shown and moved forward."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hubemu.clock import Clock
from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference
from hubemu.control.problems import Problem
from hubemu.journal import utc_text

__all__ = ["ADVANCE", "CLOCK", "advance", "clock"]

MAX_OFFSET = 100 * 365.25 * 86_400
"""Seconds the clock may be ahead of real time: a century."""


class Advance(RequestBody):
    """How far to move the clock, in seconds."""

    advance: Annotated[float, Field(ge=0, le=MAX_OFFSET, allow_inf_nan=False)]


CLOCK = Operation(
    summary="The Hub's time, how many seconds it is ahead of real time, and whether it stands",
    answers={200: Answer("The clock", reference("Clock"))},
)
ADVANCE = Operation(
    summary="Move the Hub's clock forward: time-to-live, expiry and certificate validity follow",
    body=Advance,
    answers={200: Answer("The clock after the move", reference("Clock"))},
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)


async def clock(request: Request, context: Context) -> Response:
    """The clock as it stands."""
    return json_response(_shown(context.hub.clock))


async def advance(request: Request, context: Context) -> Response:
    """The clock after the move."""
    seconds = (await read_body(request, Advance)).advance
    if context.hub.clock.offset + seconds > MAX_OFFSET:
        detail = "#/advance: the clock would be more than a century ahead: POST /api/v1/reset first"
        raise Problem(HTTPStatus.CONFLICT, detail)
    context.hub.advance(seconds)
    await context.wait_for(request, context.hub.engine.settled())
    return json_response(_shown(context.hub.clock))


def _shown(clock: Clock) -> dict[str, object]:
    return {
        "now": utc_text(clock.now()),
        "offset": clock.offset,
        "stands": clock.stands,
        "begins": None if clock.begins is None else utc_text(clock.begins),
    }
