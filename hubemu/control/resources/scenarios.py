"""`/api/v1/scenarios`: those that ship, and runs of them on this Hub, followed and answered.

What plays them is loaded when one is asked for: a Hub starts without it.
"""

from __future__ import annotations

import asyncio
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.known_names import ActorId, ScenarioName, VHostName, require_known
from hubemu.control.long_polling import MAX_WAIT, WAIT, answer_when
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.control.query import WHOLE, Query
from hubemu.errors import InputError
from hubemu.scenarios.runs import ScenarioRun, cancel
from hubemu.whole_numbers import AS_WHOLE

if TYPE_CHECKING:
    from hubemu.scenarios.reading import ScenarioFile

__all__ = [
    "ANSWER",
    "CANCEL",
    "LIST",
    "RUN",
    "RUNS",
    "RUN_REPORT",
    "START",
    "answer_run",
    "cancel_run",
    "list_runs",
    "list_scenarios",
    "report",
    "run",
    "start_run",
]

_LANG = Parameter("lang", "Language of the titles", {"enum": ["en", "fr"], "default": "en"})
_ID = Parameter("id", "Id of the run", where="path")
_RUN = Answer("The run: its state, its scenarios step by step, what it waits for", reference("Run"))
_MOST_PATIENCE = 3_600.0


class NewRun(RequestBody):
    """What is played: names of scenarios, `external` the client ids that other software plays.

    `patience` is how many seconds that software has for each step.
    """

    names: Annotated[list[ScenarioName], Field(min_length=1, max_length=200)]
    external: Annotated[list[ActorId], Field(default_factory=list)]
    vhosts: Annotated[list[VHostName], Field(default_factory=list)]
    lang: Literal["en", "fr"] = "en"
    seed: Annotated[int, Field(ge=0, lt=2**53), AS_WHOLE] | None = None
    patience: Annotated[float, Field(gt=0, le=_MOST_PATIENCE)] = 300.0


class StepAnswer(RequestBody):
    """What the person says: yes, it is so; or no, which gives up what is waited for."""

    answer: bool


LIST = Operation(
    summary="The scenarios that ship with hubemu",
    parameters=(_LANG,),
    answers={200: Answer("The scenarios by milestone", reference("Scenarios"))},
    refusals=(HTTPStatus.BAD_REQUEST,),
)
START = Operation(
    summary="Play scenarios on this Hub, one run at a time",
    body=NewRun,
    answers={202: _RUN},
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
RUNS = Operation(
    summary="The last runs, newest last",
    answers={200: Answer("The runs", reference("Runs"))},
)
RUN = Operation(
    summary="A run as it stands; with `wait` as soon as something happened after version `after`",
    parameters=(
        _ID,
        Parameter("after", "`version` of the answer before", WHOLE),
        Parameter(
            "wait",
            "Seconds to wait for news",
            WAIT,
        ),
    ),
    answers={200: _RUN},
    refusals=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
RUN_REPORT = Operation(
    summary="The report of a run: one self-contained page, to be saved",
    parameters=(_ID, _LANG),
    answers={200: Answer("The page", {"type": "string"}, "text/html")},
    refusals=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)
ANSWER = Operation(
    summary="Confirm or refuse the step that waits",
    body=StepAnswer,
    parameters=(_ID,),
    answers={200: _RUN},
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
CANCEL = Operation(
    summary="End a run early; its actors leave and its faults are ended",
    parameters=(_ID,),
    answers={204: Answer("Done")},
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)


async def list_scenarios(request: Request, context: Context) -> Response:
    """The list, read once."""
    from hubemu.scenarios.listing import rows, shipped

    given = Query(request, ["lang"]).choice("lang", ["en", "fr"])
    found = await asyncio.to_thread(shipped)
    return json_response({"scenarios": rows(found, "fr" if given == "fr" else "en")})


async def start_run(request: Request, context: Context) -> Response:
    """202 with the run that was begun."""
    wanted = await read_body(request, NewRun)
    if (busy := context.runs.busy()) is not None:
        detail = f"Run {busy.id} is going on: wait for its end, or DELETE it."
        raise Problem(HTTPStatus.CONFLICT, detail)
    for name in wanted.vhosts:
        require_known("#/vhosts", name, context.hub.tables.vhosts, "vHost")
    files = await asyncio.to_thread(_files, wanted)
    _require_clients(wanted.external, files)
    seed = wanted.seed if wanted.seed is not None else secrets.randbelow(2**32)

    async def play_all(run: ScenarioRun) -> None:
        await _play(run, wanted, files, context)

    begun = context.runs.start(seed, play_all, context.hub.supervision.passing)
    response = json_response(begun.record(), HTTPStatus.ACCEPTED)
    response.headers["Location"] = f"/api/v1/scenarios/runs/{begun.id}"
    return response


async def _play(
    run: ScenarioRun, wanted: NewRun, files: list[ScenarioFile], context: Context
) -> None:
    from hubemu.client.control import ControlClient
    from hubemu.client.facts import reachable_url
    from hubemu.scenarios.played_hub import SharedHub
    from hubemu.scenarios.playing.player import PlayOptions, play

    hub = context.hub
    control = ControlClient(reachable_url(hub.endpoints()["http"]), hub.settings.http_token)
    options = PlayOptions(
        seed=run.seed,
        lang=wanted.lang,
        outside=frozenset(wanted.external),
        patience=wanted.patience,
        vhosts=frozenset(wanted.vhosts),
    )
    for file in files:
        await play(file, SharedHub(control, hub.home.path), options, run)


def _files(wanted: NewRun) -> list[ScenarioFile]:
    from hubemu.scenarios.listing import shipped_one

    try:
        return [shipped_one(name) for name in wanted.names]
    except InputError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"#/names: {error}") from None


def _require_clients(external: list[str], files: list[ScenarioFile]) -> None:
    there = {actor.id for file in files for actor in file.scenario.clients.values()}
    if unknown := sorted(set(external) - there):
        known = ", ".join(sorted(there))
        detail = f"#/external: {unknown[0]} is in none of these scenarios; {known} are"
        raise Problem(_status_of(unknown[0]), detail)


def _status_of(actor: str) -> HTTPStatus:
    """Of a client that is in none of the scenarios wanted: another scenario may have it."""
    from hubemu.scenarios.listing import shipped

    ids = {one.id for file in shipped() for one in file.scenario.clients.values()}
    return HTTPStatus.CONFLICT if actor in ids else HTTPStatus.UNPROCESSABLE_ENTITY


async def list_runs(request: Request, context: Context) -> Response:
    """The runs that are kept."""
    return json_response({"runs": [one.record() for one in context.runs.all()]})


async def run(request: Request, context: Context) -> Response:
    """The run, at once or when there is news."""
    found = _found(request, context)
    query = Query(request, ["after", "wait"])
    wait, after = query.seconds("wait", most=MAX_WAIT), query.number("after")

    async def ask(seconds: float) -> object:
        await found.changed_since(after, seconds)
        return found.record()

    return await answer_when(request, context, ask, wait)


async def report(request: Request, context: Context) -> Response:
    """The page of evidence of what has its verdict so far."""
    from hubemu.scenarios.reports import html
    from hubemu.scenarios.results import RunResult

    found = _found(request, context)
    lang = Query(request, ["lang"]).choice("lang", ["en", "fr"])
    played = RunResult(seed=found.seed, scenarios=list(found.results))
    page = await asyncio.to_thread(html, played, "fr" if lang == "fr" else "en")
    name = f'attachment; filename="scenarios-{found.id}.html"'
    return HTMLResponse(page, headers={"Content-Disposition": name})


async def answer_run(request: Request, context: Context) -> Response:
    """The run after the answer."""
    found = _found(request, context)
    given = await read_body(request, StepAnswer)
    if not found.answer(given.answer):
        raise Problem(HTTPStatus.CONFLICT, f"Run {found.id} asks nothing now.")
    return json_response(found.record())


async def cancel_run(request: Request, context: Context) -> Response:
    """It is over."""
    await cancel(_found(request, context))
    return Response(status_code=HTTPStatus.NO_CONTENT.value)


def _found(request: Request, context: Context) -> ScenarioRun:
    identifier = request.path_params["id"]
    if (found := context.runs.get(identifier)) is None:
        detail = f"no run is called {identifier!r}: GET /api/v1/scenarios/runs lists those kept"
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return found
