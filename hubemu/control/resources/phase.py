"""`/api/v1/phase`: the step of the certificate migration."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, model_validator
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference
from hubemu.control.problems import Problem
from hubemu.errors import InputError
from hubemu.pki.migration import load_migration, migration_names
from hubemu.settings import Phase
from hubemu.suggestions import did_you_mean

__all__ = ["MIGRATIONS", "PHASE", "SET_PHASE", "migrations", "phase", "set_phase"]


def _phase(value: Any) -> Phase:
    if value not in list(Phase):
        raise ValueError(f"a phase is one of {', '.join(Phase)}")
    return Phase(value)


def _told_exactly(schema: dict[str, Any]) -> None:
    """Which keys go together, and which steps each migration has."""
    nothing = {"type": "null"}
    schema["anyOf"] = [
        {
            "title": "A phase",
            "properties": {"phase": {"type": "string"}, "migration": nothing, "step": nothing},
            "required": ["phase"],
        },
        *(
            {
                "title": f"A step of {name}",
                "properties": {
                    "phase": nothing,
                    "migration": {"const": name},
                    "step": {"enum": [step.name for step in load_migration(name).steps]},
                },
                "required": ["migration", "step"],
            }
            for name in migration_names()
        ),
    ]


class NextPhase(RequestBody):
    """The phase to go to, or `step` of `migration`; `disconnect` drops what is open."""

    model_config = ConfigDict(json_schema_extra=_told_exactly)
    phase: Annotated[Phase, BeforeValidator(_phase)] | None = None
    migration: str | None = None
    step: str | None = None
    disconnect: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        both = (self.migration is not None, self.step is not None)
        if both != (self.phase is None, self.phase is None):
            raise ValueError(f"give phase ({', '.join(Phase)}), or migration and step")
        return self


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


MIGRATIONS = Operation(
    summary="The changes of certificates that can be gone through, and their steps",
    answers={200: Answer("All that are built in", reference("Migrations"))},
)


async def migrations(request: Request, context: Context) -> Response:
    """Every built-in one."""
    found = {name: load_migration(name) for name in migration_names()}
    return json_response(
        {
            "migrations": [
                {
                    "name": name,
                    "title": migration.title.model_dump(),
                    "steps": [step.name for step in migration.steps if step.around is None],
                    "about": {
                        step.name: step.about.model_dump()
                        for step in migration.steps
                        if step.around is None and step.about is not None
                    },
                }
                for name, migration in found.items()
            ]
        }
    )


async def phase(request: Request, context: Context) -> Response:
    """The phase as it is, and the step of a migration it may be in."""
    return json_response(_current(context))


async def set_phase(request: Request, context: Context) -> Response:
    """The phase after the step."""
    wanted = await read_body(request, NextPhase)
    hub = context.hub
    if wanted.migration is not None and wanted.step is not None:
        _see_that_it_is_built_in(wanted.migration)
        try:
            dropped = await hub.steps.go_to(
                wanted.migration, wanted.step, disconnect=wanted.disconnect
            )
        except InputError as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.problem) from None
    else:
        phase = wanted.phase or hub.engine.phase
        dropped = await hub.steps.set_phase(phase, disconnect=wanted.disconnect)
    return json_response(_current(context) | {"disconnected": dropped})


def _see_that_it_is_built_in(migration: str) -> None:
    """Files are for the command line; whoever reaches the API need not reach the disk."""
    known = migration_names()
    if migration not in known:
        hint = did_you_mean(migration, known)
        text = f"no migration is called {migration!r}; {hint}use {', '.join(known)}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, text)


def _current(context: Context) -> dict[str, Any]:
    hub = context.hub
    return {
        "phase": hub.engine.phase.value,
        "step": hub.steps.current,
        "migration": hub.steps.migration,
        "certs": hub.endpoints()["certs"],
    }
