"""`/api/v1/examples` and `/api/v1/schemas`: messages to begin with, and what forms are made of."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from random import SystemRandom
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.control.query import Query
from hubemu.dispatcher import VHostContext
from hubemu.edxl import CONTENT_TYPES, Format
from hubemu.messages import example_tree
from hubemu.messages.releases.bundling import bundle
from hubemu.messages.releases.examples import Extent
from hubemu.routing import RoutingTables

__all__ = ["EXAMPLE", "EXAMPLES", "SCHEMA", "example", "examples", "schema"]

_VHOST = Parameter("vhost", "The vHost whose model it is", reference("VHostName"), needed=True)
_ID_FORM = "[!-~]{1,255}"
_ID = {"type": "string", "pattern": f"^{_ID_FORM}$"}
"""Of a client, known to this Hub or not."""
_EXTENTS = ("minimal", "random", "full")
_MOST_SEED = 2**31

EXAMPLES = Operation(
    summary="The named cases that a vHost takes; any type can be drawn as well",
    parameters=(_VHOST,),
    answers={200: Answer("The cases by type", reference("Examples"))},
    refusals=(HTTPStatus.BAD_REQUEST,),
)
EXAMPLE = Operation(
    summary="A valid message with fresh ids and dates: a named case, or drawn from the schema of "
    "a type",
    parameters=(
        Parameter("name", "A named case, or a message type such as RS-EDA", where="path"),
        _VHOST,
        Parameter("as", "Who sends it (fr.health.samuA)", _ID),
        Parameter("to", "Who receives it (fr.health.samuB)", _ID),
        Parameter("format", "How it is written (json)", {"enum": list(CONTENT_TYPES)}),
        Parameter("extent", "Optional fields of a drawn one (minimal)", {"enum": list(_EXTENTS)}),
    ),
    answers={
        200: Answer(
            "The message, in XML if asked for",
            {"type": "object"},
            others={CONTENT_TYPES["xml"]: {"type": "string"}},
        )
    },
    refusals=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)
SCHEMA = Operation(
    summary="The JSON Schema of a type's content, in one piece",
    parameters=(Parameter("type", "A message type such as RS-EDA", where="path"), _VHOST),
    answers={200: Answer("A schema; `key` is the content's name in the message", {})},
    refusals=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)


async def examples(request: Request, context: Context) -> Response:
    """The named cases of a vHost."""
    from hubemu.scenarios.named_cases import named_cases

    vhost = _vhost(Query(request, ["vhost"]), context)
    rows = [
        {"name": case.name, "type": case.type, "title": {"en": case.en, "fr": case.fr}}
        for case in named_cases(vhost.release)
        if case.type in vhost.allowed
    ]
    return json_response({"types": list(vhost.allowed), "examples": rows})


async def example(request: Request, context: Context) -> Response:
    """One message, ready to be sent."""
    query = Query(request, [one.name for one in EXAMPLE.parameters if one.where == "query"])
    vhost, name = _vhost(query, context), request.path_params["name"]
    sender = query.matching("as", _ID_FORM, "a client id") or "fr.health.samuA"
    recipient = query.matching("to", _ID_FORM, "a client id") or "fr.health.samuB"
    written = cast("Format", query.choice("format", list(CONTENT_TYPES)) or "json")
    extent = cast("Extent", query.choice("extent", _EXTENTS) or "minimal")
    now = context.hub.clock.datetime()
    if name in vhost.release.types:
        seed = SystemRandom().randrange(_MOST_SEED)
        tree = example_tree(
            name,
            vhost.release,
            sender=sender,
            recipient=recipient,
            seed=seed,
            extent=extent,
            now=now,
        )
    else:
        from hubemu.scenarios.named_cases import named_case

        _require_case(name, vhost)
        tree = named_case(name, vhost.release, sender, recipient, now)
    body = vhost.release.write_tree(tree, written)
    return Response(body, media_type=CONTENT_TYPES[written])


async def schema(request: Request, context: Context) -> Response:
    """The schema of a type."""
    vhost = _vhost(Query(request, ["vhost"]), context)
    kind = vhost.release.types.get(request.path_params["type"])
    if kind is None:
        raise Problem(HTTPStatus.NOT_FOUND, _no_such("type", vhost.release.types))
    return json_response({"key": kind.key, "header": kind.header} | bundle(vhost.release, kind.key))


def _vhost(query: Query, context: Context) -> VHostContext:
    tables: RoutingTables = context.hub.tables
    name = query.choice("vhost", list(tables.vhosts))
    if name is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "The parameter 'vhost' is needed.")
    return context.hub.dispatcher.contexts[name]


def _require_case(name: str, vhost: VHostContext) -> None:
    from hubemu.scenarios.named_cases import named_cases

    known = [case.name for case in named_cases(vhost.release)]
    if name not in known:
        raise Problem(
            HTTPStatus.NOT_FOUND, _no_such("example or type", [*vhost.release.types, *known])
        )


def _no_such(what: str, known: Iterable[str]) -> str:
    there = ", ".join(known)
    return f"There is no such {what} on this vHost; there are {there}."
