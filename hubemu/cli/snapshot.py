"""`hubemu snapshot take|list|restore|remove`: states of a running Hub that tests go back to."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.home import Home

__all__ = ["snapshot_list", "snapshot_remove", "snapshot_restore", "snapshot_take"]

_SNAPSHOTS = "/api/v1/snapshots"
_PATIENCE = 60.0
"""Seconds a disk may take to have all of it."""

_Name = Annotated[str, Argument("NAME", "Its name.")]


def snapshot_take(
    name: _Name,
    replace: Annotated[
        bool, Option("--replace", help="Instead of one of that name, if there is one.")
    ] = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Take down the Hub as it is: messages waiting, journal, faults, phase, clock, clients, vHosts.

    It is kept in the memory of the Hub, until that stops. Embedded engine.
    """
    taken = _ask(home, "POST", _SNAPSHOTS, {"name": name, "replace": replace})
    if as_json:
        result_json(taken)
    else:
        result(_line(taken))


def snapshot_list(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """List the snapshots of the Hub, in the order they were taken."""
    taken = control_of(Home(home)).get(_SNAPSHOTS)["snapshots"]
    if as_json:
        result_json(taken)
        return
    for one in taken:
        result(_line(one))
    if not taken:
        result("no snapshots")


def snapshot_restore(name: _Name, home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Bring the Hub back to a snapshot, wholly or not at all; connections stay open."""
    restored = _ask(home, "POST", f"{_SNAPSHOTS}/{quote(name, safe='')}/restore")
    if as_json:
        result_json(restored)
    else:
        result(f"the Hub is as at {_line(restored)}")


def snapshot_remove(name: _Name, home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Forget a snapshot."""
    _ask(home, "DELETE", f"{_SNAPSHOTS}/{quote(name, safe='')}")
    if as_json:
        result_json({"removed": name})
    else:
        result(f"removed {name}")


def _ask(home: Any, method: str, path: str, body: object = None) -> Any:
    status, answer = control_of(Home(home)).call(method, path, body, timeout=_PATIENCE)
    if status < HTTPStatus.BAD_REQUEST:
        return answer
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise InputError("NAME", answer["detail"])
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise StartError(answer["detail"])
    raise CheckFailed(answer["detail"])


def _line(one: dict[str, Any]) -> str:
    counts = ", ".join(
        f"{one[count]:,} {what}"
        for count, what in (
            ("messages", "messages waiting"),
            ("journal", "in the journal"),
            ("faults", "fault rules"),
            ("clients", "clients"),
            ("vhosts", "vHosts"),
        )
    )
    return f"{one['name']}: {one['at']}, phase {one['phase']}, {counts}"
