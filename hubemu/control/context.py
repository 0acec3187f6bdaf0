"""What an endpoint is, and what it is given: the Hub, and word that the server is closing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hubemu.control.inboxes import PlayedInboxes
from hubemu.control.operations import Operation
from hubemu.control.problems import Problem
from hubemu.scenarios.runs import Runs

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["ApiMethod", "Context", "Handler"]

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Context:
    """The Hub that is driven, the event set when the server stops, all there is to ask for, and the
    runs of scenarios, and the clients that are played."""

    hub: Hub
    closing: asyncio.Event
    endpoints: tuple[ApiMethod, ...]
    runs: Runs = field(default_factory=Runs)
    inboxes: PlayedInboxes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inboxes", PlayedInboxes(self.hub))

    async def wait_for(self, request: Request, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """The result of `work`, given up when its reader hangs up or the server stops.

        Raises:
            ClientDisconnect: nobody reads the answer any more.
            Problem: 503, the Hub is stopping.
        """
        working = asyncio.create_task(work)
        leaving = asyncio.create_task(_hung_up(request))
        closing = asyncio.create_task(self.closing.wait())
        tasks: tuple[asyncio.Task[Any], ...] = (working, leaving, closing)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if working in done:
            return working.result()
        if leaving in done:
            raise ClientDisconnect
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The Hub is stopping.")


Handler = Callable[[Request, Context], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class ApiMethod:
    """A method of a path, what answers it and how it is described.

    Attributes:
        acts: it does something, though its method is one that only reads.
    """

    method: str
    path: str
    handler: Handler
    operation: Operation
    acts: bool = False


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
