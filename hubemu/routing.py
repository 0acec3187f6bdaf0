"""The routing tables: which vHosts and clients a Hub has (`vhosts.yaml`, `clients.yaml`)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hubemu.data_folders import data_folder, read_built_in
from hubemu.errors import InputError
from hubemu.routing_names import name_fault
from hubemu.settings import Environment
from hubemu.suggestions import did_you_mean

__all__ = [
    "HEALTH",
    "Client",
    "RoutingTables",
    "TablesInForce",
    "VHost",
    "is_health",
    "load_routing",
]

HEALTH = "fr.health"

_PREFERENCES = "client.preferences.csv"
_NAMES = {"useXML": "use_xml", "directCISU": "direct_cisu"}
_CSV_COLUMNS = ("client_id", "useXML", "directCISU", "editor")


def is_health(client_id: str) -> bool:
    """Whether an id belongs to a health actor (facts: hub 2, naming)."""
    return client_id.startswith(HEALTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client: its id, how it wants to be written to, and what its certificate may do.

    `use_xml`: it is written to in XML; `direct_cisu`: it speaks CISU itself, nothing is converted
    for it; `editor` made its software; `acts_for` are the ids it reads and writes as instead of its
    own, `writes_as` and `reads_as` further ones; `igc_name` is the Common Name of its IGC Santé
    certificate, `None` if that is made of its id.
    """

    id: str
    use_xml: bool = False
    direct_cisu: bool = False
    editor: str = "unknown"
    acts_for: tuple[str, ...] = ()
    writes_as: tuple[str, ...] = ()
    reads_as: tuple[str, ...] = ()
    igc_name: str | None = None

    @property
    def own_ids(self) -> tuple[str, ...]:
        """The ids it reads and writes as."""
        return self.acts_for or (self.id,)

    def common_name(self, identity: str, environment: Environment) -> str:
        """The Common Name of its `legacy` or `igc` certificate, which is its user name.

        Legacy certificates carry the client id; IGC Santé ones a FQDN that the Hub maps to the
        client id, with "test" in it on the TEST chain (facts: mission, certificates).
        """
        if identity == "legacy":
            return self.id
        if self.igc_name:
            return self.igc_name
        test = "test." if environment.igc_chain == "igc-test" else ""
        return f"{self.id.lower().replace('.', '-').replace('_', '-')}.{test}hubemu.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class VHost:
    """One vHost: its perimeter, its model release, further types allowed here only, and how many
    seconds a message lives in a client's queue (`None`: as the Hub's settings say)."""

    perimeter: str
    model: str
    also: tuple[str, ...] = ()
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class RoutingTables:
    """Everything the routing tables say.

    `perimeters` maps a perimeter to the functional types allowed on its vHosts; `transverse` types
    are allowed on every vHost, `test_contents` only on the bac-à-sable.
    """

    vhosts: Mapping[str, VHost]
    clients: Mapping[str, Client]
    perimeters: Mapping[str, tuple[str, ...]]
    transverse: tuple[str, ...]
    test_contents: tuple[str, ...]

    def types_allowed(self, vhost: str, environment: Environment) -> tuple[str, ...]:
        """Names of the message types that may be sent on a vHost (facts: hub 4, restrictions)."""
        row = self.vhosts[vhost]
        tests = self.test_contents if environment is Environment.SANDBOX else ()
        return (*self.perimeters[row.perimeter], *row.also, *self.transverse, *tests)

    def with_models(self, models: Mapping[str, str]) -> RoutingTables:
        """These tables with other model releases for some vHosts (`hubemu up --model`).

        Raises:
            InputError: a vHost is not there.
        """
        if unknown := sorted(models.keys() - self.vhosts.keys()):
            known, hint = ", ".join(self.vhosts), did_you_mean(unknown[0], self.vhosts)
            raise InputError("--model", f"no vHost is called {unknown[0]!r}; {hint}use {known}")
        chosen = {
            name: replace(row, model=models.get(name, row.model))
            for name, row in self.vhosts.items()
        }
        return replace(self, vhosts=chosen)

    def queue_owners(self) -> tuple[str, ...]:
        """The ids that have the three queues, in the order of the table, each once."""
        owners = (i for c in self.clients.values() for i in (*c.own_ids, *c.reads_as))
        return tuple(dict.fromkeys(owners))


class TablesInForce:
    """The tables of a Hub, `now`: others may be put in their place while it is up."""

    def __init__(self, tables: RoutingTables) -> None:
        self.now = tables


def load_routing(folder: Path | None = None, *, warn: list[str] | None = None) -> RoutingTables:
    """Read the routing tables of `folder`, or the built-in ones.

    A folder needs `vhosts.yaml` and `clients.yaml`; the official `client.preferences.csv` may
    stand beside `clients.yaml` (its preferences then win) or instead of it. Warnings about
    columns that are ignored go to `warn`.

    Raises:
        InputError: a file is missing or wrong, with file, line or path, and what is allowed.
    """
    where = folder or data_folder("routing")
    if not where.is_dir():
        raise InputError(where, "no such folder: it must hold vhosts.yaml and clients.yaml")
    told = _content(where / "vhosts.yaml", built_in=folder is None)
    clients_file, preferences = where / "clients.yaml", where / _PREFERENCES
    clients: dict[str, Client] = {}
    if clients_file.exists() or not preferences.exists():
        rows = _content(clients_file, built_in=folder is None)["clients"]
        clients = {row["id"]: Client(**_fields(row)) for row in rows}
    if preferences.exists():
        clients = _with_preferences(clients, preferences, warn if warn is not None else [])
    if folder is not None and (fault := name_fault(list(clients.values()))) is not None:
        raise InputError(clients_file if clients_file.exists() else preferences, fault.problem)
    return RoutingTables(
        vhosts={name: VHost(**_fields(row)) for name, row in told["vhosts"].items()},
        clients=clients,
        perimeters={name: tuple(types) for name, types in told["perimeters"].items()},
        transverse=tuple(told["transverse"]),
        test_contents=tuple(told["test_contents"]),
    )


def _content(path: Path, *, built_in: bool) -> Mapping[str, Any]:
    """What a file says: one of a user's is checked, which takes longer than all the rest here."""
    if built_in:
        content: Mapping[str, Any] = read_built_in(path)
        return content
    from hubemu.routing_files import checked_content

    return checked_content(path)


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a file as arguments."""
    return {
        _NAMES.get(key, key): tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
    }


def _with_preferences(clients: dict[str, Client], path: Path, warn: list[str]) -> dict[str, Client]:
    """Lay the official preferences (separator `;`, header line skipped) over the clients."""
    merged = dict(clients)
    for number, row in enumerate(_rows(path), start=1):
        if number == 1 or not any(cell.strip() for cell in row):
            continue
        if len(row) > len(_CSV_COLUMNS):
            extra = len(row) - len(_CSV_COLUMNS)
            warn.append(f"{path}: line {number}: {extra} more column(s) than expected, ignored")
        client = _preference_row(row, path, number)
        known = merged.get(client.id, client)
        merged[client.id] = replace(
            known, use_xml=client.use_xml, direct_cisu=client.direct_cisu, editor=client.editor
        )
    return merged


def _rows(path: Path) -> Iterator[list[str]]:
    from hubemu.yamlfile import read_text

    try:
        yield from csv.reader(read_text(path).splitlines(), delimiter=";")
    except csv.Error as error:
        raise InputError(path, f"not a CSV file: {error}") from None


def _preference_row(row: list[str], path: Path, number: int) -> Client:
    cells = [cell.strip() for cell in row[: len(_CSV_COLUMNS)]]
    place = f"line {number}"
    if len(cells) < len(_CSV_COLUMNS):
        expected = ";".join(_CSV_COLUMNS)
        raise InputError(path, f"{len(cells)} columns where {expected} are expected", place)
    identifier, use_xml, direct, editor = cells
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", identifier):
        raise InputError(path, f"{identifier!r} is not a client id such as fr.health.samuA", place)
    return Client(
        id=identifier,
        use_xml=_boolean(use_xml, "useXML", path, place),
        direct_cisu=_boolean(direct, "directCISU", path, place),
        editor=editor or "unknown",
    )


def _boolean(cell: str, column: str, path: Path, place: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise InputError(path, f"{column} is {cell!r}: write true or false", place)
    return cell.lower() == "true"
