"""`/api/v1/certs`: what is trusted, revoked and bound, and any file looked at."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.known_names import AuthorityName, ClientId
from hubemu.control.operations import Answer, Operation
from hubemu.control.problems import Problem
from hubemu.errors import InputError
from hubemu.pki.describing import certificate_json
from hubemu.settings import ListState, Phase

__all__ = [
    "BIND",
    "INSPECT",
    "REVOKE",
    "SET_STATE",
    "STATES",
    "TRUST",
    "bind",
    "inspect",
    "revoke",
    "set_state",
    "states",
    "trust",
]


def _octets(value: Any) -> bytes:
    """A file: PEM as it is, anything else in base64."""
    if not isinstance(value, str):
        raise ValueError("a file is a text: PEM as it is, anything else in base64")
    if "-----BEGIN " in value:
        return value.encode()
    try:
        return b64decode("".join(value.split()), validate=True)
    except ValueError:
        raise ValueError("a file is PEM as it is, anything else in base64") from None


def _phase(value: Any) -> Phase | None:
    if value is not None and value not in list(Phase):
        raise ValueError(f"a phase is one of {', '.join(Phase)}")
    return None if value is None else Phase(value)


def _state(value: Any) -> ListState:
    if value not in list(ListState):
        raise ValueError(f"a state is one of {', '.join(ListState)}")
    return ListState(value)


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError("a date is such as 2027-01-20 or 2027-01-20T08:00+01:00") from None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
File = Annotated[
    bytes,
    BeforeValidator(_octets),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"-----BEGIN |^{_BASE64}$",
            "description": "PEM as it is, anything else in base64 (blanks in it are left out)",
        }
    ),
]


_INSTANT = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "date"},
        {"type": "null"},
    ]
}


class InspectFile(RequestBody):
    """A file, its name for the answer, the passphrase of a store or key, and as of when."""

    file: File
    name: str = "file"
    passphrase: str | None = None
    at: Annotated[datetime | None, BeforeValidator(_instant), WithJsonSchema(_INSTANT)] = None


class TrustFile(RequestBody):
    """A file with authorities, and the phase that trusts them (none: every one)."""

    file: File
    name: str = "file"
    passphrase: str | None = None
    phase: Annotated[Phase | None, BeforeValidator(_phase)] = None


class RevokeFile(RequestBody):
    """A file whose certificate is to be revoked."""

    file: File
    name: str = "file"


class BindName(RequestBody):
    """A Common Name, and the clients it is to log in as."""

    commonName: Annotated[str, Field(min_length=1, max_length=64)]  # noqa: N815 - its JSON name
    clients: Annotated[list[ClientId], Field(min_length=1)]


class SetState(RequestBody):
    """How the revocation list of an authority (none: of every one) is to behave."""

    state: Annotated[ListState, BeforeValidator(_state)]
    authority: AuthorityName | None = None


_OBJECT = {"type": "object"}
_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
INSPECT = Operation(
    summary="What a file of certificates is, which phase accepts it, what will go wrong with it",
    body=InspectFile,
    answers={200: Answer("As `hubemu certs inspect --json` tells it", _OBJECT)},
    refusals=_REFUSALS,
)
TRUST = Operation(
    summary="Trust the authorities in a file, from the next handshake on",
    body=TrustFile,
    answers={200: Answer("What is trusted now", _OBJECT)},
    refusals=_REFUSALS,
)
REVOKE = Operation(
    summary="Put a certificate on its authority's revocation list, from the next handshake on",
    body=RevokeFile,
    answers={200: Answer("Whose list it is on", _OBJECT)},
    refusals=_REFUSALS,
)
BIND = Operation(
    summary="Have certificates with a Common Name log in as these clients",
    body=BindName,
    answers={200: Answer("The name and its clients", _OBJECT)},
    refusals=_REFUSALS,
)
STATES = Operation(
    summary="How the revocation list of each authority behaves",
    answers={200: Answer("State by authority", _OBJECT)},
)
SET_STATE = Operation(
    summary="Have revocation lists and OCSP responders be good, stale, unreachable or slow",
    body=SetState,
    answers={200: Answer("State by authority", _OBJECT)},
    refusals=_REFUSALS,
)


@contextmanager
def _for_this_hub() -> Iterator[None]:
    """A file in form that this Hub can do nothing with.

    Raises:
        Problem: 409, which points at the file, as no other does.
    """
    try:
        yield
    except InputError as error:
        fault = {"pointer": "#/file", "detail": error.problem}
        raise Problem(HTTPStatus.CONFLICT, str(error), errors=[fault]) from None


async def inspect(request: Request, context: Context) -> Response:
    """What is told of a file."""
    asked = await read_body(request, InspectFile)
    look = context.hub.certificates.inspect
    with _for_this_hub():
        found = await asyncio.to_thread(look, asked.file, asked.name, asked.passphrase, asked.at)
    from hubemu.pki.inspection import inspection_json

    return json_response(inspection_json(found))


async def trust(request: Request, context: Context) -> Response:
    """The authorities that are trusted now."""
    asked = await read_body(request, TrustFile)
    with _for_this_hub():
        trusted = await context.hub.certificates.trust(
            asked.file, asked.name, asked.phase, asked.passphrase
        )
    return json_response(
        {
            "trusted": [certificate_json(one) for one in trusted.authorities],
            "phase": trusted.phase.value if trusted.phase is not None else None,
            "lacksRoot": trusted.lacks_root,
        }
    )


async def revoke(request: Request, context: Context) -> Response:
    """The list that the certificate is on now."""
    asked = await read_body(request, RevokeFile)
    with _for_this_hub():
        revoked = await context.hub.certificates.revoke(asked.file, asked.name)
    facts = certificate_json(revoked.certificate)
    return json_response(
        {"authority": revoked.authority, "subject": facts["subject"], "serial": facts["serial"]}
    )


async def bind(request: Request, context: Context) -> Response:
    """The name and its clients."""
    asked = await read_body(request, BindName)
    bound = await context.hub.certificates.bind(asked.commonName, asked.clients)
    return json_response({"commonName": bound.common_name, "clients": list(bound.clients)})


async def states(request: Request, context: Context) -> Response:
    """How each list behaves."""
    return json_response(_states(context))


async def set_state(request: Request, context: Context) -> Response:
    """How each list behaves now."""
    asked = await read_body(request, SetState)
    context.hub.certificates.set_state(asked.state, asked.authority)
    return json_response(_states(context))


def _states(context: Context) -> dict[str, str]:
    return {name: one.value for name, one in context.hub.certificates.states().items()}
