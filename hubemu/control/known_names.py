"""Names in a request that must be those of the Hub, refused with what was perhaps meant."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Annotated, TypeAlias

from pydantic import WithJsonSchema

from hubemu.control.operations import Parameter, component, reference
from hubemu.control.problems import Problem
from hubemu.routing import RoutingTables
from hubemu.suggestions import did_you_mean

__all__ = [
    "VHOST",
    "ActorId",
    "AuthorityName",
    "ClientId",
    "Publisher",
    "ScenarioName",
    "VHostName",
    "publishers",
    "require_known",
]

VHostName: TypeAlias = Annotated[str, WithJsonSchema(component("VHostName"))]
Publisher: TypeAlias = Annotated[str, WithJsonSchema(component("Publisher"))]
ClientId: TypeAlias = Annotated[str, WithJsonSchema(component("ClientId"))]
AuthorityName: TypeAlias = Annotated[str, WithJsonSchema(component("AuthorityName"))]
ScenarioName: TypeAlias = Annotated[str, WithJsonSchema(component("ScenarioName"))]
ActorId: TypeAlias = Annotated[str, WithJsonSchema(component("ActorId"))]
VHOST = Parameter("vhost", "Only this vHost", reference("VHostName"))


def publishers(tables: RoutingTables) -> list[str]:
    """The ids some certificate may publish with."""
    ids = (i for client in tables.clients.values() for i in (*client.own_ids, *client.writes_as))
    return list(dict.fromkeys(ids))


def require_known(pointer: str, given: str, known: Collection[str], what: str) -> None:
    """Refuse a name that is not one of `known`; `pointer` says where in the body it stands.

    Raises:
        Problem: 422.
    """
    if given in known:
        return
    hint = did_you_mean(given, known)
    detail = f"no {what} is called {given!r}; {hint}there are {', '.join(known)}"
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{pointer}: {detail}",
        errors=[{"pointer": pointer, "detail": detail}],
    )
