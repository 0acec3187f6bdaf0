"""`hubemu routing show|reload`: the routing tables of a running Hub as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result_json, talk
from hubemu.cli.parameters import Option
from hubemu.cli.tables import ask, tell_change
from hubemu.home import Home

__all__ = ["routing_reload", "routing_show"]

_ROUTING = "/api/v1/routing"


def routing_show(
    topology: Annotated[
        bool, Option("--topology", help="What follows from them on the broker instead.")
    ] = False,
    home: HomeFolder = DEFAULT_HOME,
) -> None:
    """Print the tables in force as JSON; there is no --json."""
    control = control_of(Home(home))
    result_json(control.get("/api/v1/topology" if topology else _ROUTING))


def routing_reload(
    routing: Annotated[
        Path | None,
        Option(metavar="DIR", help="Tables to use instead of those the Hub was started with."),
    ] = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Read the tables again: what differs is changed, all of it or nothing."""
    where = Home(home)
    if routing is None:
        change = ask(where, "POST", f"{_ROUTING}/reload", "--routing")
    else:
        change = ask(where, "PUT", _ROUTING, str(routing), _tables_in(routing))
    tell_change(change, as_json=as_json)


def _tables_in(folder: Path) -> object:
    """The tables of a folder (InputError: a file is wrong, with its line)."""
    from hubemu.routing import load_routing
    from hubemu.routing_json import tables_row

    warnings: list[str] = []
    tables = load_routing(folder, warn=warnings)
    for warning in warnings:
        talk(warning)
    return tables_row(tables)
