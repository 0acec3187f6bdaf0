"""The last events of a Hub, and who is told of each as it happens.

Rules:
1. At most `max_events` are kept; the oldest go. Numbers go on for the life of the Hub.
2. A listener is called in the middle of the Hub's work: it must be quick and must not raise.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hubemu.clock import Clock
from hubemu.events.event import Event, Kind, Level, message_event
from hubemu.journal import Entry, Outcome

__all__ = ["EventLog", "EventPage", "Wanted"]

Listener = Callable[[Event], None]
_DELIVERIES = frozenset({"delivered", "acknowledged"})
_CLIENT_NAMES = ("client", "sender", "recipient")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an event must be; `None` lets everything through. A client is any side of a message."""

    client: str | None = None
    vhost: str | None = None
    level: Level | None = None
    kind: Kind | None = None

    def match(self, event: Event) -> bool:
        """Whether an event passes every filter."""
        if self.level is not None and event.level != self.level:
            return False
        if self.kind is not None and event.kind != self.kind:
            return False
        if self.client is None and self.vhost is None:
            return True
        facts = event.named()
        return (self.vhost is None or facts.get("vhost") == self.vhost) and (
            self.client is None or self.client in map(facts.get, _CLIENT_NAMES)
        )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, oldest first; `last` is the number to ask on from."""

    events: tuple[Event, ...]
    last: int

    def to_json(self) -> dict[str, Any]:
        """As `GET /api/v1/events` answers."""
        return {"events": [event.to_json() for event in self.events], "next": self.last}


class EventLog:
    """What happened on one Hub.

    Args:
        clock: tells the time of the events.
        max_events: how many are kept.
        deliveries: whether it is an event too that a message was delivered or acknowledged.
    """

    def __init__(self, clock: Clock, *, max_events: int = 10_000, deliveries: bool = False) -> None:
        self._clock = clock
        self._left_out = frozenset[str]() if deliveries else _DELIVERIES
        self._events: deque[Event] = deque(maxlen=max_events)
        self._number = 0
        self._listeners: list[Listener] = []

    def tell(self, kind: Kind, facts: Mapping[str, Any]) -> Event:
        """Something happened; `facts` are values ready for JSON."""
        self._number += 1
        event = Event(self._number, self._clock.now(), kind, facts)
        self._keep(event)
        return event

    def message(self, entry: Entry, outcome: Outcome) -> None:
        """A message came to `outcome`."""
        if outcome in self._left_out:
            return
        self._number += 1
        self._keep(message_event(self._number, self._clock.now(), entry, outcome))

    def _keep(self, event: Event) -> None:
        self._events.append(event)
        for listener in self._listeners:
            listener(event)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with each event from now on; call what is given to end it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def select(self, wanted: Wanted, *, after: int = 0, limit: int) -> EventPage:
        """The first `limit` events kept that pass and come after the one numbered `after`."""
        newer = (event for event in self._events if event.number > after)
        found = tuple(islice((event for event in newer if wanted.match(event)), limit))
        return EventPage(found, found[-1].number if len(found) == limit else self._number)

    def latest(self, wanted: Wanted, *, limit: int) -> EventPage:
        """The last `limit` events kept that pass."""
        found = tuple(islice(filter(wanted.match, reversed(self._events)), limit))
        return EventPage(found[::-1], self._number)

    async def wait(self, wanted: Wanted, *, after: int, limit: int, timeout: float) -> EventPage:
        """As `select`, but if nothing passes yet wait for it, `timeout` seconds at most."""
        page = self.select(wanted, after=after, limit=limit)
        if page.events or timeout <= 0:
            return page
        came = asyncio.Event()

        def look(event: Event) -> None:
            if wanted.match(event):
                came.set()

        end = self.listen(look)
        try:
            async with asyncio.timeout(timeout):
                await came.wait()
        except TimeoutError:
            pass
        finally:
            end()
        return self.select(wanted, after=after, limit=limit)
