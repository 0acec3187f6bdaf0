"""`/api/v1/messages/stream`: changes of the journal as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation
from hubemu.control.query import Query
from hubemu.control.resources.messages import FILTERS, filters_of
from hubemu.events import Event
from hubemu.journal.query import Filters
from hubemu.journal.watch import Missed, RowChange, Subscription

__all__ = ["STREAM", "stream"]

HEARTBEAT = 15.0
"""Seconds of silence after which a comment tells reader and proxies that the stream lives."""
_MEDIA_TYPE = "text/event-stream"
_OPENING = b"retry: 1000\n: changes of the journal follow\n\n"

STREAM = Operation(
    summary="Changes of the journal as server-sent events, from now on",
    parameters=FILTERS,
    answers={
        200: Answer(
            "Events `message` (a row as it stands after the change), `refusal` (as in "
            "`/api/v1/connections`, unless a filter on messages is set), `missed` (how many "
            "changes a slow reader has lost) and `forgotten` (the journal was "
            "emptied, by a reset too)",
            {"type": "string"},
            _MEDIA_TYPE,
        )
    },
    refusals=(HTTPStatus.BAD_REQUEST,),
)


async def stream(request: Request, context: Context) -> Response:
    """A stream that ends with the server or with its reader."""
    filters = filters_of(Query(request, [one.name for one in FILTERS]), context)
    if request.method == "HEAD":
        return Response(media_type=_MEDIA_TYPE)
    events = _events(context, filters)
    return StreamingResponse(events, media_type=_MEDIA_TYPE)


async def _events(context: Context, filters: Filters) -> AsyncIterator[bytes]:
    subscription = context.hub.journal.subscribe(filters)
    leave = context.hub.events.listen(_offer_refusals(subscription, filters))
    ending = context.hub.supervision.passing(
        "ending a stream of events", partial(_close_with, subscription, context.closing)
    )
    try:
        yield _OPENING
        while (event := await _next_event(subscription)) is not None:
            yield event
    finally:
        ending.cancel()
        leave()
        subscription.close()


def _offer_refusals(subscription: Subscription, filters: Filters) -> Callable[[Event], None]:
    """A refusal is of no message: it passes every filter but one on the vHost, or none at all."""
    of_messages = replace(filters, vhost=None) != Filters()

    def offer(event: Event) -> None:
        if event.kind != "refused" or of_messages:
            return
        refusal = event.to_json()
        if filters.vhost is None or filters.vhost == refusal.get("vhost"):
            subscription.offer(RowChange(refusal, "refusal"))

    return offer


async def _close_with(subscription: Subscription, closing: asyncio.Event) -> None:
    await closing.wait()
    subscription.close()


async def _next_event(subscription: Subscription) -> bytes | None:
    """The next change as an event, a comment after `HEARTBEAT` without one; `None` at the end."""
    try:
        async with asyncio.timeout(HEARTBEAT):
            change = await subscription.next()
    except TimeoutError:
        return b": heartbeat\n\n"
    return None if change is None else _event(change)


def _event(change: RowChange | Missed) -> bytes:
    if isinstance(change, Missed):
        return b'event: missed\ndata: {"count":%d}\n\n' % change.count
    return b"event: %b\ndata: %b\n\n" % (change.name.encode(), orjson.dumps(change.row))
