"""Answers that are waited for: until something comes, or the time that was asked for is over.

1. Whoever stops reading, or a Hub that stops, ends the wait.
2. Readers and proxies give a silent connection up, many after five or ten seconds: from `SILENCE`
   seconds on a blank is sent, which JSON allows before a document, and again after as many.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeAlias

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.problems import Problem

__all__ = ["MAX_WAIT", "SILENCE", "WAIT", "answer_when"]

MAX_WAIT = 60.0
"""Seconds a request may wait; ask again for more."""
WAIT = {"type": "number", "minimum": 0, "maximum": MAX_WAIT, "default": 0}
"""The schema of the parameter that says how long."""
SILENCE = 3.0
Ask: TypeAlias = Callable[[float], Coroutine[Any, Any, object]]
"""What is answered, as JSON's values, when so many seconds may be waited for it."""


async def answer_when(request: Request, context: Context, ask: Ask, seconds: float) -> Response:
    """What `ask` gives, within so many seconds.

    Raises:
        ClientDisconnect: nobody reads the answer any more.
        Problem: 503, the Hub is stopping and nothing has been sent yet.
    """
    if not seconds:
        return json_response(await ask(0))
    waiting = asyncio.create_task(context.wait_for(request, ask(seconds)))
    try:
        done, _ = await asyncio.wait((waiting,), timeout=SILENCE)
    except asyncio.CancelledError:
        waiting.cancel()
        raise
    if done:
        return json_response(waiting.result())
    return StreamingResponse(_with_blanks(waiting, ask), media_type="application/json")


async def _with_blanks(waiting: asyncio.Task[object], ask: Ask) -> AsyncIterator[bytes]:
    try:
        done: set[asyncio.Task[object]] = set()
        while not done:
            yield b" "
            done, _ = await asyncio.wait((waiting,), timeout=SILENCE)
        yield orjson.dumps(waiting.result())
    except Problem:  # the Hub is stopping: what there is now is the answer
        yield orjson.dumps(await ask(0))
    except ClientDisconnect:
        return
    finally:
        waiting.cancel()
