"""The routing tables: which vHosts and clients a Hub has (`vhosts.yaml`, `clients.yaml`)."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from hubemu.data import data_folder
from hubemu.errors import InputError
from hubemu.settings import Environment
from hubemu.suggestions import did_you_mean
from hubemu.yamlfile import read_text, read_yaml

__all__ = ["HEALTH", "Client", "RoutingTables", "VHost", "file_models", "is_health", "load_routing"]

HEALTH = "fr.health"

ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
_PREFERENCES = "client.preferences.csv"
_CSV_COLUMNS = ("client_id", "useXML", "directCISU", "editor")


def is_health(client_id: str) -> bool:
    """Whether an id belongs to a health actor (facts: hub 2, naming)."""
    return client_id.startswith(HEALTH)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Client(_Strict):
    """One client: its id, how it wants to be written to, and what its certificate may do."""

    id: ClientId
    use_xml: bool = Field(
        default=False, alias="useXML", description="Whether it is written to in XML."
    )
    direct_cisu: bool = Field(
        default=False,
        alias="directCISU",
        description="Whether it speaks CISU itself: nothing is converted for it.",
    )
    editor: str = Field(default="unknown", description="Who made its software, for metrics.")
    acts_for: tuple[ClientId, ...] = Field(
        default=(), description="The ids it reads and writes as, instead of its own."
    )
    writes_as: tuple[ClientId, ...] = Field(default=(), description="Further ids it may write as.")
    reads_as: tuple[ClientId, ...] = Field(default=(), description="Further ids it may read as.")
    igc_name: str | None = Field(
        default=None,
        description="The Common Name of its IGC Santé certificate; without it one is made of its "
        "id.",
    )

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


class VHost(_Strict):
    """One vHost as the table says."""

    perimeter: str = Field(description="One of `perimeters`.")
    model: str = Field(description="Its model release, such as 2.0.0 (`hubemu models list`).")
    also: tuple[str, ...] = Field(default=(), description="Further types allowed here only.")
    ttl: int | None = Field(
        default=None, gt=0, description="Seconds a message lives in a client's queue."
    )


class _VHostsFile(_Strict):
    """Which vHosts there are, and the message types that each takes."""

    transverse: tuple[str, ...] = Field(description="Types allowed on every vHost.")
    test_contents: tuple[str, ...] = Field(description="Types allowed on the bac-à-sable only.")
    perimeters: Mapping[str, tuple[str, ...]] = Field(
        description="Perimeter: the types allowed on its vHosts."
    )
    vhosts: Mapping[str, VHost] = Field(min_length=1, description="Name: what it is.")

    @model_validator(mode="after")
    def _perimeters_exist(self) -> Self:
        for name, vhost in self.vhosts.items():
            if vhost.perimeter not in self.perimeters:
                known = ", ".join(self.perimeters)
                raise ValueError(
                    f"vHost {name!r}: no perimeter is called {vhost.perimeter!r}; use {known}"
                )
        return self


class _ClientsFile(_Strict):
    """Which clients there are; each has the three queues of its ids on every vHost."""

    clients: tuple[Client, ...] = Field(min_length=1)

    @field_validator("clients")
    @classmethod
    def _once_each(cls, clients: tuple[Client, ...]) -> tuple[Client, ...]:
        twice = [name for name, n in Counter(client.id for client in clients).items() if n > 1]
        if twice:
            raise ValueError(f"client {twice[0]!r} is listed twice: keep one")
        return clients


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
            name: row.model_copy(update={"model": models.get(name, row.model)})
            for name, row in self.vhosts.items()
        }
        return replace(self, vhosts=chosen)

    def queue_owners(self) -> tuple[str, ...]:
        """The ids that have the three queues, in the order of the table, each once."""
        owners = (i for c in self.clients.values() for i in (*c.own_ids, *c.reads_as))
        return tuple(dict.fromkeys(owners))


def file_models() -> Mapping[str, type[BaseModel]]:
    """The models that read the files of a folder, by the file's name."""
    return {"vhosts.yaml": _VHostsFile, "clients.yaml": _ClientsFile}


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
    vhosts = read_yaml(where / "vhosts.yaml", _VHostsFile)
    clients_file, preferences = where / "clients.yaml", where / _PREFERENCES
    clients: dict[str, Client] = {}
    if clients_file.exists() or not preferences.exists():
        clients = {client.id: client for client in read_yaml(clients_file, _ClientsFile).clients}
    if preferences.exists():
        clients = _with_preferences(clients, preferences, warn if warn is not None else [])
    return RoutingTables(
        vhosts=vhosts.vhosts,
        clients=clients,
        perimeters=vhosts.perimeters,
        transverse=vhosts.transverse,
        test_contents=vhosts.test_contents,
    )


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
        merged[client.id] = known.model_copy(
            update={
                "use_xml": client.use_xml,
                "direct_cisu": client.direct_cisu,
                "editor": client.editor,
            }
        )
    return merged


def _rows(path: Path) -> Iterator[list[str]]:
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
