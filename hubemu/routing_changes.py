"""Changes of routing tables while a Hub is up, as pure functions from tables to tables.

Each gives other tables or refuses, and says which row is wrong and how to mend it. What the tables
of a Hub must be beyond the form of their files is checked here too (`check_tables`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from hubemu.errors import CheckFailed
from hubemu.routing import Client, RoutingTables, VHost
from hubemu.routing_names import NameFault, name_fault
from hubemu.suggestions import did_you_mean

__all__ = [
    "NoSuchRow",
    "RowChanges",
    "TablesRefused",
    "check_tables",
    "rows_changed",
    "with_client",
    "with_vhost",
    "without_client",
    "without_vhost",
]

Part = Literal["clients", "vhosts"]
_LONGEST: Final = 100
"""Characters of a vHost's name at most."""


class TablesRefused(CheckFailed):
    """Tables that no Hub can have.

    Args:
        problem: what is wrong, and how to mend it.
        part: which table it is in.
        row: the id or name of the row.
        key: what of the row is wrong; empty: all of it.
    """

    def __init__(self, problem: str, part: Part, row: str, key: str = "") -> None:
        super().__init__(problem)
        self.part, self.row, self.key = part, row, key


class NoSuchRow(TablesRefused):
    """A row is named that the tables do not have."""


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Which rows of a table are new, others than before, or gone; by id or name."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def to_json(self) -> dict[str, list[str]]:
        """As the control API tells it."""
        return {name: list(getattr(self, name)) for name in ("added", "changed", "removed")}

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def rows_changed(old: Mapping[str, object], new: Mapping[str, object]) -> RowChanges:
    """The rows that differ between two tables."""
    return RowChanges(
        added=tuple(name for name in new if name not in old),
        changed=tuple(name for name in new if name in old and old[name] != new[name]),
        removed=tuple(name for name in old if name not in new),
    )


def check_tables(tables: RoutingTables) -> None:
    """See that a Hub can have these tables.

    Raises:
        TablesRefused: a table is empty, a name of a vHost cannot be one, a perimeter is not there,
            or certificates of two clients would have one name.
    """
    if not tables.clients:
        raise TablesRefused("no client would be left: a Hub has one at least", "clients", "")
    if not tables.vhosts:
        raise TablesRefused("no vHost would be left: a Hub has one at least", "vhosts", "")
    for name, vhost in tables.vhosts.items():
        if not 0 < len(name) <= _LONGEST or not name.isprintable():
            problem = f"{name!r} is no name of a vHost: 1 to {_LONGEST} printable characters"
            raise TablesRefused(problem, "vhosts", name)
        if vhost.perimeter not in tables.perimeters:
            raise _no_perimeter(name, vhost, tables)
    fault: NameFault | None = name_fault(list(tables.clients.values()))
    if fault is not None:
        raise TablesRefused(fault.problem, "clients", fault.client, fault.key)


def with_client(tables: RoutingTables, client: Client, *, new: bool = False) -> RoutingTables:
    """With another client, or with another row of one there is; `new`: it must not be there.

    Raises:
        TablesRefused: it is there already.
    """
    if new and client.id in tables.clients:
        raise TablesRefused(
            f"the Hub has a client {client.id!r} already: change it (PUT /api/v1/clients/"
            f"{client.id}, `hubemu clients change`), or choose another id",
            "clients",
            client.id,
            "id",
        )
    return replace(tables, clients={**tables.clients, client.id: client})


def without_client(tables: RoutingTables, client_id: str) -> RoutingTables:
    """Without a client: nobody reads or writes as it any more, so its queues go.

    Raises:
        TablesRefused: there is none, or another client is nothing without it.
    """
    if client_id not in tables.clients:
        raise _unknown("client", "clients", client_id, tables.clients)
    left = {
        name: _no_more(one, client_id) for name, one in tables.clients.items() if name != client_id
    }
    return replace(tables, clients=left)


def _no_more(client: Client, client_id: str) -> Client:
    """A client that reads and writes as another one no more."""
    acts_for = _without(client.acts_for, client_id)
    if client.acts_for and not acts_for:
        raise TablesRefused(
            f"{client.id} acts for {client_id} alone, and would be nobody without it: remove or "
            "change that client first",
            "clients",
            client_id,
        )
    return replace(
        client,
        acts_for=acts_for,
        writes_as=_without(client.writes_as, client_id),
        reads_as=_without(client.reads_as, client_id),
    )


def _without(ids: tuple[str, ...], client_id: str) -> tuple[str, ...]:
    return tuple(one for one in ids if one != client_id)


def with_vhost(
    tables: RoutingTables, name: str, vhost: VHost, *, new: bool = False
) -> RoutingTables:
    """With another vHost, or with another row of one there is; `new`: it must not be there.

    Raises:
        TablesRefused: it is there already.
    """
    if new and name in tables.vhosts:
        raise TablesRefused(f"the Hub has a vHost {name!r} already", "vhosts", name, "name")
    return replace(tables, vhosts={**tables.vhosts, name: vhost})


def without_vhost(tables: RoutingTables, name: str) -> RoutingTables:
    """Without a vHost (TablesRefused: there is none)."""
    if name not in tables.vhosts:
        raise _unknown("vHost", "vhosts", name, tables.vhosts)
    return replace(tables, vhosts={one: row for one, row in tables.vhosts.items() if one != name})


def _unknown(what: str, part: Part, name: str, known: Mapping[str, object]) -> NoSuchRow:
    hint = did_you_mean(name, known)
    return NoSuchRow(
        f"no {what} is called {name!r}; {hint}there are {', '.join(known)}", part, name
    )


def _no_perimeter(name: str, vhost: VHost, tables: RoutingTables) -> TablesRefused:
    hint = did_you_mean(vhost.perimeter, tables.perimeters)
    known = ", ".join(tables.perimeters)
    problem = f"vHost {name!r}: no perimeter is called {vhost.perimeter!r}; {hint}use {known}"
    return TablesRefused(problem, "vhosts", name, "perimeter")
