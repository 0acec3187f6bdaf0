"""`/api/v1/messages` and `/api/v1/messages/{id}`: the journal, read and forgotten."""

from __future__ import annotations

import re
from http import HTTPStatus
from operator import attrgetter
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.known_names import VHOST
from hubemu.control.long_polling import MAX_WAIT, WAIT, answer_when
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.control.query import Query
from hubemu.control.recipes import recipes
from hubemu.journal import Entry, Outcome
from hubemu.journal.identities import replace_identities
from hubemu.journal.query import CURSOR, Filters, UnknownCursor

__all__ = [
    "CASES",
    "CONVERSATION",
    "FILTERS",
    "FORGET",
    "LIST",
    "MESSAGE",
    "RECIPES",
    "cases",
    "conversation",
    "filters_of",
    "forget_messages",
    "list_messages",
    "message",
    "message_recipes",
]

MAX_LIMIT = 10_000
DEFAULT_LIMIT = 1_000
_OUTCOMES: tuple[str, ...] = get_args(Outcome)
_IDENTITIES = ("kept", "replaced")

FILTERS = (
    VHOST,
    Parameter("sender", "Only messages published with this routing key"),
    Parameter("recipient", "Only messages for this client id"),
    Parameter("type", "Only this message type, such as RS-EDA"),
    Parameter("outcome", "Only this outcome", {"enum": list(_OUTCOMES)}),
    Parameter("q", "Only messages with this text in an id or in the body as received"),
)
_PAGING = (
    Parameter(
        "after",
        "Only messages after the one with this id (`next` of the page before)",
        {"type": "string", "pattern": f"^{CURSOR}$"},
    ),
    Parameter(
        "limit",
        f"Messages at most, {DEFAULT_LIMIT} unless given",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    Parameter(
        "wait",
        "Seconds to wait for a first match; the answer is an empty list when none came",
        WAIT,
    ),
    Parameter(
        "latest",
        "Only the newest so many that match, instead of `after`, `limit` and `wait`",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    ),
)

LIST = Operation(
    summary="Messages the Hub has judged, newest last; with `wait` as soon as one matches",
    parameters=(*FILTERS, *_PAGING),
    answers={200: Answer("A page of messages", reference("Messages"))},
    refusals=(HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
)
FORGET = Operation(
    summary="Forget every message of the journal; queues are left as they are",
    answers={204: Answer("Forgotten")},
    refusals=(HTTPStatus.FORBIDDEN,),
)
CASES = Operation(
    summary="The caseId of each message that has one, by id of the message",
    answers={200: Answer("Cases by message", reference("Cases"))},
)
MESSAGE = Operation(
    summary="One message: bodies as received and as forwarded, AMQP properties, its trace, and the "
    "messages that belong to it",
    parameters=(Parameter("id", "Id of the message", where="path"),),
    answers={200: Answer("The message", reference("MessageDetail"))},
    refusals=(HTTPStatus.NOT_FOUND,),
)
CONVERSATION = Operation(
    summary="One message and those that belong to it, in their order, to be kept or handed on",
    parameters=(
        Parameter("id", "Id of the message", where="path"),
        Parameter(
            "identities",
            "`replaced`: names, dates of birth, addresses, numbers and free texts as pseudonyms, "
            "coordinates as 0",
            {"enum": list(_IDENTITIES), "default": _IDENTITIES[0]},
        ),
    ),
    answers={200: Answer("The messages", reference("Conversation"))},
    refusals=(HTTPStatus.NOT_FOUND,),
)
RECIPES = Operation(
    summary="One message as something to run: hubemu send, curl, pika, amqplib, Java, scenario",
    parameters=(Parameter("id", "Id of the message", where="path"),),
    answers={200: Answer("The texts", reference("Recipes"))},
    refusals=(HTTPStatus.NOT_FOUND,),
)


async def list_messages(request: Request, context: Context) -> Response:
    """A page of the journal, at once or as soon as something matches."""
    query = Query(request, [parameter.name for parameter in LIST.parameters])
    filters, journal = filters_of(query, context), context.hub.journal
    after = query.text("after")
    wait = query.seconds("wait", most=MAX_WAIT)
    limit = query.count("limit", DEFAULT_LIMIT, most=MAX_LIMIT)
    if query.text("latest") is not None:
        newest = journal.newest(filters, query.count("latest", 1, most=MAX_LIMIT))
        return json_response(newest.to_json())

    async def ask(seconds: float) -> object:
        page = await journal.wait(filters, after=after, limit=limit, timeout=seconds)
        return page.to_json()

    try:
        return await answer_when(request, context, ask, wait)
    except UnknownCursor as error:
        of_form = after is not None and re.fullmatch(CURSOR, after)
        status = HTTPStatus.CONFLICT if of_form else HTTPStatus.BAD_REQUEST
        raise Problem(status, f"The parameter 'after': {error}.") from None


async def cases(request: Request, context: Context) -> Response:
    """The case of each message that has one."""
    return json_response({"cases": context.hub.journal.cases()})


async def forget_messages(request: Request, context: Context) -> Response:
    """An empty journal."""
    context.hub.journal.clear()
    return Response(status_code=HTTPStatus.NO_CONTENT.value)


async def message_recipes(request: Request, context: Context) -> Response:
    """One message as something to run."""
    entry = _found(request, context)
    return json_response({"recipes": recipes(entry, str(request.base_url).rstrip("/"))})


def _found(request: Request, context: Context) -> Entry:
    wanted = request.path_params["id"]
    entry = context.hub.journal.get(wanted)
    if entry is None:
        detail = f"The journal holds no message {wanted!r}: it is unknown, or older than it keeps."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return entry


async def message(request: Request, context: Context) -> Response:
    """One message with all that is known of it."""
    entry = _found(request, context)
    journal = context.hub.journal
    return json_response(entry.detail() | {"conversation": journal.conversation(entry)})


async def conversation(request: Request, context: Context) -> Response:
    """One message and those of its conversation that the journal still holds."""
    choice = Query(request, ["identities"]).choice("identities", _IDENTITIES)
    own, journal = _found(request, context), context.hub.journal
    related = (journal.get(one["id"]) for one in journal.conversation(own) if one["id"])
    entries = sorted((own, *filter(None, related)), key=attrgetter("number"))
    messages = [one.detail() | {"conversation": journal.conversation(one)} for one in entries]
    replaced = choice == "replaced"
    if replaced:
        messages = replace_identities(messages)
    return json_response({"identitiesReplaced": replaced, "messages": messages})


def filters_of(query: Query, context: Context) -> Filters:
    """The filters that a query asks for.

    Raises:
        Problem: 400, an unknown vHost or outcome, which could never match.
    """
    return Filters(
        vhost=query.choice("vhost", list(context.hub.tables.vhosts)),
        sender=query.text("sender"),
        recipient=query.text("recipient"),
        type=query.text("type"),
        outcome=query.choice("outcome", _OUTCOMES),
        q=query.text("q"),
    )
