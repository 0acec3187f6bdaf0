"""Names of clients that cannot stand beside each other: their certificates would be one user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hubemu.routing import Client

__all__ = ["NameFault", "name_fault"]

_RESERVED: Final = "dispatcher"
"""The user that the dispatcher logs in as."""
_LONGEST: Final = 64
"""Characters of a Common Name at most (X.520)."""
_MADE: Final = ".test.hubemu.example"
"""What follows the id in the longest Common Name that is made of one."""


@dataclass(frozen=True, slots=True)
class NameFault:
    """What is wrong with the names of a client; `key` is `id` or `igc_name`."""

    client: str
    key: str
    problem: str


def name_fault(clients: Sequence[Client]) -> NameFault | None:
    """The first fault of the names of clients; `None`: there is none.

    A client logs in by the Common Name of its certificates, so each name must be one client's. Case
    does not tell names apart: host names have none, nor have the folders of some systems.
    """
    taken: dict[str, str] = {_RESERVED: ""}
    for client in clients:
        names = {"id": client.id, "igc_name": _igc_name(client)}
        for key, name in names.items():
            if len(name) > _LONGEST:
                return _too_long(client, key)
            owner = taken.setdefault(name.lower(), client.id)
            if owner != client.id:
                return _taken(client, key, name, owner)
    return None


def _igc_name(client: Client) -> str:
    return client.igc_name or client.id.replace(".", "-").replace("_", "-") + _MADE


def _too_long(client: Client, key: str) -> NameFault:
    if key == "id":
        problem = f"client {client.id!r}: an id has {_LONGEST} characters at most, as a certificate"
        return NameFault(client.id, key, f"{problem}'s Common Name")
    most = _LONGEST - len(_MADE)
    mend = "choose a shorter igc_name" if client.igc_name else "give it an igc_name"
    problem = f"the Common Name of its IGC Santé certificate has more than {_LONGEST} characters"
    return NameFault(
        client.id, key, f"client {client.id!r}: {problem}: {mend}, or an id of {most} at most"
    )


def _taken(client: Client, key: str, name: str, owner: str) -> NameFault:
    if not owner:
        problem = f"client {client.id!r}: {_RESERVED!r} is the Hub's own user: choose another {key}"
    elif key == "id":
        problem = (
            f"client {client.id!r}: {owner!r} has this name but for the case: choose another id"
        )
    else:
        problem = (
            f"client {client.id!r}: its IGC Santé certificate would be called {name.lower()}, as "
            f"that of {owner!r}: give it an igc_name of its own"
        )
    return NameFault(client.id, key, problem)
