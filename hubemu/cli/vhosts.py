"""`hubemu vhosts list|add|remove`: the vHosts of a running Hub."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.cli.tables import ask, tell_change
from hubemu.home import Home

__all__ = ["vhosts_add", "vhosts_list", "vhosts_remove"]

_VHOSTS = "/api/v1/vhosts"


def vhosts_list(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """List the vHosts with perimeter and model release."""
    rows = control_of(Home(home)).get(_VHOSTS)["vhosts"]
    if as_json:
        result_json([{"name": name, **row} for name, row in rows.items()])
        return
    for name, row in rows.items():
        more = f" also {','.join(row['also'])}" if row["also"] else ""
        ttl = f" ttl {row['ttl']} s" if row["ttl"] else ""
        result(f"{name:<20} {row['perimeter']:<10} model {row['model']}{more}{ttl}")


def vhosts_add(
    name: Annotated[str, Argument("NAME", "Its name, such as 15-15_v3.0.")],
    perimeter: Annotated[str, Option(metavar="NAME", help="Which types it takes: a perimeter.")],
    model: Annotated[str, Option(metavar="RELEASE", help="Its model release.")],
    also: Annotated[
        tuple[str, ...], Option(metavar="TYPE", help="A further type it takes; repeatable.")
    ] = (),
    ttl: Annotated[
        int | None, Option(min=1, metavar="SECONDS", help="Message TTL of client queues there.")
    ] = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Add a vHost with the queues of every client; it can be used at once."""
    row: dict[str, Any] = {"perimeter": perimeter, "model": model, "also": list(also), "ttl": ttl}
    said = ask(Home(home), "POST", _VHOSTS, name, {"name": name, **row})
    tell_change(said["change"], as_json=as_json, said=said)


def vhosts_remove(
    name: Annotated[str, Argument("VHOST", "Its name.")],
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Remove a vHost with its queues: connections there are closed."""
    change = ask(Home(home), "DELETE", f"{_VHOSTS}/{quote(name, safe='')}", name)
    tell_change(change, as_json=as_json)
