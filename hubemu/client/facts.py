"""What a client must know of a Hub that is up, as the Hub itself tells it (`GET /api/v1/hub`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hubemu.address import reachable_name
from hubemu.client.control import ControlClient
from hubemu.errors import InputError
from hubemu.settings import Phase
from hubemu.suggestions import did_you_mean

__all__ = ["ClientFacts", "HubFacts", "ask_hub", "reachable_url"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """One client: the ids it reads and writes as, and further ones it may only write or read as."""

    id: str
    own_ids: tuple[str, ...]
    further_ids: tuple[str, ...]
    prefers_xml: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFacts:
    """Where a Hub is, which certificates hold now, who its clients are; `vhosts` name to model.

    `seed` is that of its random choices. `http_token` is what callers of the control API must bear,
    `None` where they need none.
    """

    host: str
    port: int
    http: str
    certs: Path
    phase: Phase
    clients: Mapping[str, ClientFacts]
    vhosts: Mapping[str, str]
    seed: int
    http_token: str | None = None

    @classmethod
    def of(cls, description: Mapping[str, Any], http_token: str | None = None) -> HubFacts:
        """The facts in the answer of `GET /api/v1/hub`."""
        clients = (_client(row) for row in description["clients"])
        return cls(
            host=reachable_name(description["amqps"]["host"]),
            port=description["amqps"]["port"],
            http=reachable_url(description["http"]),
            certs=Path(description["certs"]),
            phase=Phase(description["phase"]),
            clients={client.id: client for client in clients},
            vhosts={row["name"]: row["model"] for row in description["vhosts"]},
            seed=description["seed"],
            http_token=http_token,
        )

    @property
    def control(self) -> ControlClient:
        """The control API of this Hub, with the token it wants."""
        return ControlClient(self.http, self.http_token)

    @property
    def identity(self) -> Literal["legacy", "igc"]:
        """Which certificate of a client is accepted in this phase: `legacy` or `igc`."""
        return "legacy" if self.phase is Phase.LEGACY else "igc"

    def holder(self, client_id: str) -> str:
        """The client whose certificate may act as `client_id`.

        Raises:
            InputError: no client may.
        """
        if client_id in self.clients:
            return client_id
        for client in self.clients.values():
            if client_id in client.own_ids + client.further_ids:
                return client.id
        raise InputError(client_id, "no client of this Hub" + _close(client_id, self.clients))

    def reads_json(self, client_id: str) -> bool:
        """Whether the Hub writes to this id in JSON: outside `fr.health` never (facts: hub 4)."""
        return client_id.startswith("fr.health") and not self.prefers_xml(client_id)

    def prefers_xml(self, client_id: str) -> bool:
        """Whether this id has said so."""
        return client_id in self.clients and self.clients[client_id].prefers_xml

    def require_vhost(self, vhost: str) -> str:
        """`vhost`, if the Hub has it.

        Raises:
            InputError: it has not, with those it has.
        """
        if vhost not in self.vhosts:
            hint = did_you_mean(vhost, self.vhosts)
            every = ", ".join(self.vhosts)
            raise InputError(vhost, f"no vHost of this Hub; {hint}use one of {every}")
        return vhost


def ask_hub(api: ControlClient) -> HubFacts:
    """The facts of the Hub whose control API that is.

    Raises:
        StartError: it does not answer, or not yet.
    """
    return HubFacts.of(api.get("/api/v1/hub"), api.token)


def _client(row: Mapping[str, Any]) -> ClientFacts:
    return ClientFacts(
        id=row["id"],
        own_ids=tuple(row["actsFor"]),
        further_ids=(*row["writesAs"], *row["readsAs"]),
        prefers_xml=row["useXML"],
    )


def reachable_url(http: str) -> str:
    """The control API's URL; one that listens on every address is reached by the loopback one."""
    return http.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _close(name: str, known: Mapping[str, object]) -> str:
    hint = did_you_mean(name, known).rstrip()
    return f": {hint}" if hint else f"; there are {', '.join(known)}"
