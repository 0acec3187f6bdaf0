"""`hubemu phase`: the next step of the certificate migration, on a Hub that is up."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import CheckFailed
from hubemu.home import Home

__all__ = ["phase"]

_PATIENCE = 60.0
"""Seconds a broker may take to follow."""


def phase(
    phase: Annotated[
        Literal["legacy", "dual", "igc"], Argument("legacy|dual|igc", "The step to go to.")
    ],
    disconnect: Annotated[
        bool, Option("--disconnect", help="Drop the connections that are open.")
    ] = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Go to a step of the certificate migration: new connections meet it."""
    control = control_of(Home(home))
    body = {"phase": phase, "disconnect": disconnect}
    status, answer = control.call("PUT", "/api/v1/phase", body, timeout=_PATIENCE)
    if status != HTTPStatus.OK:
        raise CheckFailed(answer["detail"])
    if as_json:
        result_json(answer)
    else:
        dropped = f", {answer['disconnected']} connections dropped" if disconnect else ""
        result(f"phase {answer['phase']}{dropped}")
