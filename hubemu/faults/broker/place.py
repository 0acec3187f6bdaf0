"""What the effects of the broker act on, and how each is put in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hubemu.broker.core import Broker
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.server import AmqpServer
from hubemu.faults.fault import Fault

__all__ = ["BrokerEffect", "BrokerPlace"]


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """A broker and its server.

    `users` maps the names that clients log in by to client ids, `owners` the queues of clients to
    whom they belong.
    """

    broker: Broker
    server: AmqpServer
    users: Mapping[str, str]
    owners: Mapping[str, str]
    _struck: dict[str, set[str]] = field(default_factory=dict)
    _refusing: list[Fault] = field(default_factory=list)

    def refuses(self, fault: Fault) -> None:
        """What the broker refuses next, in the same call, is a fault's doing."""
        self._refusing[:] = [fault]

    def behind(self, code: int) -> str | None:
        """The id of the fault by which something was refused just now, with a reply code."""
        found = [fault for fault in self._refusing if fault.parameters.get("code", 403) == code]
        self._refusing.clear()
        return found[0].id if found else None

    def note(self, fault: Fault, address: str) -> None:
        """A fault has struck the connection from an address."""
        self._struck.setdefault(fault.id, set()).add(address)

    def struck(self, address: str) -> list[str]:
        """The ids of the faults in force that have struck the connection from an address."""
        return [fault for fault, addresses in self._struck.items() if address in addresses]

    def forget(self, fault: Fault) -> None:
        """A fault is over."""
        self._struck.pop(fault.id, None)

    def client(self, user: str) -> str:
        """The client that a user is; one that no table knows goes by its own name."""
        return self.users.get(user, user)

    def connections(self, fault: Fault) -> Iterable[OpenConnection]:
        """The open connections that a fault could strike, oldest first."""
        return (one for one in self.server.open_connections() if self.concerns(fault, one))

    def facts(self, opened: OpenConnection) -> dict[str, str | None]:
        """What a fault can match on of a connection."""
        return {"client": self.client(opened.info.user), "vhost": opened.info.vhost}

    def concerns(self, fault: Fault, opened: OpenConnection) -> bool:
        """Whether a fault could strike a connection."""
        return fault.meets(**self.facts(opened))


class BrokerEffect(Protocol):
    """All faults of one kind on one broker."""

    def begin(self, fault: Fault) -> None:
        """A fault is in force."""

    def end(self, fault: Fault) -> None:
        """It is not any more: nothing of it stays."""

    def opened(self, opened: OpenConnection) -> None:
        """A connection is open."""
