"""`hubemu clients list|add|change|remove`: the clients of a running Hub."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.cli.signature import takes
from hubemu.cli.tables import ask, tell_change
from hubemu.errors import InputError
from hubemu.home import Home
from hubemu.suggestions import did_you_mean

__all__ = ["clients_add", "clients_change", "clients_list", "clients_remove"]

_CLIENTS = "/api/v1/clients"


class YesNo(StrEnum):
    """A preference."""

    YES = "yes"
    NO = "no"


Id = Annotated[str, Argument("ID", "Its id, such as fr.health.samuX.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """What is said of a client."""

    id: Id
    use_xml: Annotated[YesNo | None, Option(help="Whether it is written to in XML.")] = None
    direct_cisu: Annotated[
        YesNo | None, Option(help="Whether it speaks CISU itself: nothing is converted for it.")
    ] = None
    editor: Annotated[
        str | None, Option(metavar="NAME", help="Who made its software, for metrics.")
    ] = None
    acts_for: Annotated[
        tuple[str, ...],
        Option(metavar="ID", help="An id it reads and writes as, instead of its own; repeatable."),
    ] = ()
    writes_as: Annotated[
        tuple[str, ...], Option(metavar="ID", help="A further id it may write as; repeatable.")
    ] = ()
    reads_as: Annotated[
        tuple[str, ...], Option(metavar="ID", help="A further id it may read as; repeatable.")
    ] = ()
    igc_name: Annotated[
        str | None, Option(metavar="CN", help="The Common Name of its IGC Santé certificate.")
    ] = None
    home: HomeFolder = DEFAULT_HOME
    as_json: Json = False

    def given(self) -> dict[str, Any]:
        """What was said, by its names in the table."""
        said: dict[str, Any] = {
            "useXML": None if self.use_xml is None else self.use_xml is YesNo.YES,
            "directCISU": None if self.direct_cisu is None else self.direct_cisu is YesNo.YES,
            "editor": self.editor,
            "acts_for": list(self.acts_for) or None,
            "writes_as": list(self.writes_as) or None,
            "reads_as": list(self.reads_as) or None,
            "igc_name": self.igc_name,
        }
        return {key: value for key, value in said.items() if value is not None}


def clients_list(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """List the clients, and what differs from the defaults of each."""
    rows = control_of(Home(home)).get(_CLIENTS)["clients"]
    if as_json:
        result_json(rows)
        return
    for row in rows:
        told = [f"{key}={_shown(value)}" for key, value in row.items() if key != "id" and value]
        result(f"{row['id']:<28} {' '.join(told)}")


@takes(ClientOptions)
def clients_add(options: ClientOptions) -> None:
    """Add a client: its certificates, its user, its queues; it can connect at once."""
    row = {"id": options.id, **options.given()}
    _tell(ask(Home(options.home), "POST", _CLIENTS, options.id, row), as_json=options.as_json)


@takes(ClientOptions)
def clients_change(options: ClientOptions) -> None:
    """Change what is given of a client; its connections stay open."""
    name, given = options.id, options.given()
    if not given:
        raise InputError(
            name, "nothing is to be changed: give --use-xml, --editor or another option"
        )
    home, path = Home(options.home), f"{_CLIENTS}/{quote(name, safe='')}"
    row = ask(home, "GET", path, name)["row"]
    _tell(ask(home, "PUT", path, name, row | given), as_json=options.as_json)


def clients_remove(
    ids: Annotated[tuple[str, ...], Argument("ID...", "Their ids.")],
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Remove clients: their connections are closed, their queues gone."""
    if not ids:
        raise InputError("ID", "missing: name the clients to be removed")
    known = [row["id"] for row in control_of(Home(home)).get(_CLIENTS)["clients"]]
    if absent := [one for one in ids if one not in known]:
        hint = did_you_mean(absent[0], known)
        raise InputError(absent[0], f"no client of this Hub; {hint}nothing was removed")
    every: dict[str, Any] = {}
    for one in ids:
        change = ask(Home(home), "DELETE", f"{_CLIENTS}/{quote(one, safe='')}", one)
        every = _sum(every, change) if every else change
    tell_change(every, as_json=as_json)


def _sum(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two changes told as one."""
    rows = {
        part: {word: [*one[part][word], *other[part][word]] for word in one[part]}
        for part in ("clients", "vhosts")
    }
    return {**rows, "disconnected": one["disconnected"] + other["disconnected"]}


def _tell(said: dict[str, Any], *, as_json: bool) -> None:
    tell_change(said["change"], as_json=as_json, said=said)
    if not as_json:
        result(f"certificates: {said['client']['certificates']}")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return "yes" if value is True else str(value)
