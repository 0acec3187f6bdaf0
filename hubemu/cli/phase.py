"""`hubemu phase`: the next step of a change of certificates, on a Hub that is up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.client.control import ControlClient
from hubemu.errors import CheckFailed, InputError
from hubemu.home import Home
from hubemu.settings import Phase
from hubemu.suggestions import did_you_mean

__all__ = ["phase"]

_PATIENCE = 60.0
"""Seconds a broker may take to follow."""

Migrations = Mapping[str, Sequence[str]]
"""The steps of each migration that the Hub can go to."""


def phase(
    step: Annotated[
        str | None,
        Argument("[STEP]", "legacy, dual, igc, or a step of --migration; without: what there is."),
    ] = None,
    migration: Annotated[
        str | None,
        Option(
            metavar="MIGRATION", help="The change it is a step of; needed where several have it."
        ),
    ] = None,
    disconnect: Annotated[
        bool, Option("--disconnect", help="Drop the connections that are open.")
    ] = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Go to a step of a change of certificates: new connections meet it.

    Without a step: where the Hub is, and every change it knows with its steps.
    """
    control = control_of(Home(home))
    if step is None:
        _tell_where(control, migration, as_json=as_json)
        return
    body = _wanted(control, step, migration) | {"disconnect": disconnect}
    status, answer = control.call("PUT", "/api/v1/phase", body, timeout=_PATIENCE)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        raise InputError("STEP", answer["detail"])
    if status != HTTPStatus.OK:
        raise CheckFailed(answer["detail"])
    if as_json:
        result_json(answer)
    else:
        dropped = f", {answer['disconnected']} connections dropped" if disconnect else ""
        result(f"{_words(answer)}{dropped}")


def _words(current: Mapping[str, Any]) -> str:
    """Where the Hub is; at a step of another migration, its certificates are a folder's."""
    phase, step = current["phase"], current["step"]
    if step == phase:
        return f"phase {phase}"
    return f"step {step}, certificates in {current['certs']}"


def _tell_where(control: ControlClient, migration: str | None, *, as_json: bool) -> None:
    current = control.get("/api/v1/phase")
    rows = control.get("/api/v1/migrations")["migrations"]
    if migration is not None:
        _see_that_it_is_known(migration, _steps_of(rows))
        rows = [row for row in rows if row["name"] == migration]
    if as_json:
        result_json(current | {"migrations": rows})
    else:
        result("\n".join([_words(current), "", *_lines(rows)]))


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        yield f"  {row['name']:{width}}  {', '.join(row['steps'])}"
        yield f"  {'':{width}}  ({row['title']['en']})"


def _steps_of(rows: Sequence[Mapping[str, Any]]) -> Migrations:
    return {row["name"]: row["steps"] for row in rows}


def _wanted(control: ControlClient, step: str, migration: str | None) -> dict[str, str]:
    """What is asked of the Hub for a step."""
    if step in list(Phase) and migration is None:
        return {"phase": step}
    known = _steps_of(control.get("/api/v1/migrations")["migrations"])
    if migration is not None:
        _see_that_it_is_known(migration, known)
        return {"migration": migration, "step": step}
    having = [name for name, steps in known.items() if step in steps]
    if not having:
        names = dict.fromkeys([*Phase, *(one for steps in known.values() for one in steps)])
        hint = did_you_mean(step, names)
        raise InputError("STEP", f"no step is called {step!r}; {hint}use {', '.join(names)}")
    if len(having) > 1:
        text = f"{step!r} is a step of {_several(having)}: say which with --migration"
        raise InputError("STEP", text)
    return {"migration": having[0], "step": step}


def _several(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _see_that_it_is_known(migration: str, known: Migrations) -> None:
    if migration not in known:
        hint = did_you_mean(migration, known)
        text = f"no migration is called {migration!r}; {hint}use {', '.join(known)}"
        if migration.endswith((".yaml", ".yml")):
            text = "a running Hub goes through built-in changes only: `hubemu rehearse` takes files"
        raise InputError("--migration", text)
