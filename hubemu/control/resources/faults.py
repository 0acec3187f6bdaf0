"""`/api/v1/faults`: fault rules, the log of their decisions, and what became of all messages."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import pointer, read_json
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.control.query import Query
from hubemu.faults.book import UnknownRule
from hubemu.faults.reading import WrongRule, read_rule
from hubemu.faults.rule import WantedRule
from hubemu.faults.schema import kinds

__all__ = [
    "ADD",
    "CLEAR",
    "KINDS",
    "LIST",
    "LOG",
    "REMOVE",
    "REPORT",
    "RULE",
    "add_fault",
    "clear_faults",
    "fault",
    "fault_kinds",
    "fault_log",
    "fault_report",
    "list_faults",
    "remove_fault",
]

_ID = Parameter("id", "Id of the rule", where="path")
_RULE = Answer("The rule, its strikes, and why it ended if it has", reference("Fault"))
_NOT_FOUND = (HTTPStatus.NOT_FOUND,)

LIST = Operation(
    summary="The fault rules with their strikes, and what a run is repeated with",
    answers={200: Answer("Rules in the order they were added", reference("Faults"))},
)
ADD = Operation(
    summary="Add a fault rule: it is in force when this is answered",
    answers={201: _RULE},
    body=reference("FaultRule"),
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
CLEAR = Operation(
    summary="Clear all fault rules: what they held goes on, and nothing of them is left",
    answers={204: Answer("Done")},
    refusals=(HTTPStatus.FORBIDDEN,),
)
RULE = Operation(
    summary="One fault rule", answers={200: _RULE}, parameters=(_ID,), refusals=_NOT_FOUND
)
REMOVE = Operation(
    summary="Clear one fault rule",
    answers={204: Answer("Done")},
    parameters=(_ID,),
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
LOG = Operation(
    summary="Each decision of each rule that is listed: the same seed, rules and messages give the "
    "same log, byte for byte. Its headers tell seed, version and a hash of the rules",
    answers={
        200: Answer("A JSON object a line", {"type": "string"}, "text/plain"),
    },
)
KINDS = Operation(
    summary="Every effect there is, with its parameters and defaults",
    parameters=(
        Parameter("lang", "Language of the texts", {"enum": ["en", "fr"], "default": "en"}),
    ),
    answers={200: Answer("The effects", reference("FaultKinds"))},
    refusals=(HTTPStatus.BAD_REQUEST,),
)
REPORT = Operation(
    summary="What became of all messages, and whether any was lost",
    answers={200: Answer("The report", reference("FaultReport"))},
)


async def list_faults(request: Request, context: Context) -> Response:
    """All rules, with seed, version and hash."""
    book = context.hub.faults
    return json_response({"faults": book.listed(), **book.build()})


async def add_fault(request: Request, context: Context) -> Response:
    """The rule as added, defaults filled in."""
    book = context.hub.faults
    added = await book.add(_rule(await read_json(request)))
    return json_response(book.shown(added.id), HTTPStatus.CREATED)


async def clear_faults(request: Request, context: Context) -> Response:
    """No rule is left."""
    await context.hub.faults.clear()
    return Response(status_code=HTTPStatus.NO_CONTENT.value)


async def fault(request: Request, context: Context) -> Response:
    """One rule."""
    try:
        return json_response(context.hub.faults.shown(request.path_params["id"]))
    except UnknownRule as unknown:
        raise Problem(HTTPStatus.NOT_FOUND, str(unknown)) from None


async def remove_fault(request: Request, context: Context) -> Response:
    """One rule is gone."""
    try:
        await context.hub.faults.remove(request.path_params["id"])
    except UnknownRule as unknown:
        raise Problem(HTTPStatus.NOT_FOUND, str(unknown)) from None
    return Response(status_code=HTTPStatus.NO_CONTENT.value)


async def fault_log(request: Request, context: Context) -> Response:
    """The decisions, and in the headers what repeats them."""
    book = context.hub.faults
    lines = b"".join(orjson.dumps(one) + b"\n" for one in book.decisions())
    headers = {f"Hubemu-{name.capitalize()}": str(value) for name, value in book.build().items()}
    return Response(lines, headers=headers, media_type="text/plain")


async def fault_kinds(request: Request, context: Context) -> Response:
    """The vocabulary."""
    lang = Query(request, ["lang"]).choice("lang", ["en", "fr"])
    return json_response({"kinds": kinds("fr" if lang == "fr" else "en")})


async def fault_report(request: Request, context: Context) -> Response:
    """The report of this run so far."""
    await context.hub.reports.refresh()
    return json_response(context.hub.reports.faults())


def _rule(data: object) -> WantedRule:
    try:
        return read_rule(data, json=True)
    except WrongRule as wrong:
        errors = [{"pointer": pointer(one.where), "detail": one.text} for one in wrong.mistakes]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        detail = f"{errors[0]['pointer']}: {errors[0]['detail']}{more}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors) from None
