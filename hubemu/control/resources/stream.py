"""`/api/v1/messages/stream`: changes of the journal as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation
from hubemu.control.query import Query
from hubemu.control.resources.messages import FILTERS, filters_of
from hubemu.journal import Change, Filters, Journal, Missed, Subscription

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
            "Events `message` (a row as it stands after the change) and `missed` "
            "(how many changes a slow reader has lost)",
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
    events = _events(context.hub.journal, filters, context.closing)
    return StreamingResponse(events, media_type=_MEDIA_TYPE)


async def _events(
    journal: Journal, filters: Filters, closing: asyncio.Event
) -> AsyncIterator[bytes]:
    subscription = journal.subscribe(filters)
    ending = asyncio.create_task(_close_with(subscription, closing))
    try:
        yield _OPENING
        while (event := await _next_event(subscription)) is not None:
            yield event
    finally:
        ending.cancel()
        subscription.close()


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


def _event(change: Change | Missed) -> bytes:
    if isinstance(change, Missed):
        return b'event: missed\ndata: {"count":%d}\n\n' % change.count
    return b"event: message\ndata: " + orjson.dumps(change.row) + b"\n\n"
