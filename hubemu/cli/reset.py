"""`hubemu reset`: the state at start again."""

from __future__ import annotations

from http import HTTPStatus

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.errors import CheckFailed
from hubemu.home import Home

__all__ = ["reset"]


def reset(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Purge every queue, forget the journal; clients, vHosts, clock and phase as at the start."""
    where = Home(home)
    status, answer = control_of(where).call("POST", "/api/v1/reset")
    if status != HTTPStatus.NO_CONTENT:
        raise CheckFailed(answer["detail"])
    if as_json:
        result_json({"reset": True})
    else:
        result(f"the Hub of {where.path} is as at its start")
