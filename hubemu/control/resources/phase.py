"""`/api/v1/phase`: the step of the certificate migration."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference
from hubemu.settings import Phase

__all__ = ["PHASE", "SET_PHASE", "phase", "set_phase"]


def _phase(value: Any) -> Phase:
    if value not in list(Phase):
        raise ValueError(f"a phase is one of {', '.join(Phase)}")
    return Phase(value)


class NextPhase(RequestBody):
    """The phase to go to; `disconnect` drops the connections that are open."""

    phase: Annotated[Phase, BeforeValidator(_phase)]
    disconnect: bool = False


PHASE = Operation(
    summary="The step of the certificate migration the Hub is in",
    answers={200: Answer("The phase", reference("CurrentPhase"))},
)
SET_PHASE = Operation(
    summary="Go to a step of the migration: new connections meet it, open ones stay unless dropped",
    body=NextPhase,
    answers={
        200: Answer("The phase, and how many connections were dropped", reference("CurrentPhase"))
    },
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)


async def phase(request: Request, context: Context) -> Response:
    """The phase as it is."""
    return json_response({"phase": context.hub.engine.phase.value})


async def set_phase(request: Request, context: Context) -> Response:
    """The phase after the step."""
    step = await read_body(request, NextPhase)
    dropped = await context.hub.set_phase(step.phase, disconnect=step.disconnect)
    return json_response({"phase": step.phase.value, "disconnected": dropped})
