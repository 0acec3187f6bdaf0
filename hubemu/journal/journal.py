"""The journal: the last messages within bounds, and what became of them in their queues.

Rules:
1. At most `max_messages` entries and `max_bytes` bytes (bodies counted) are held, none longer than
   `max_age` seconds of the clock; the oldest go.
2. An outcome only moves forward (`entry.RANK`).
3. Telling waiters and subscribers never blocks and costs nothing when there are none. A row is
   told when its outcome has changed, once for each change.
4. Error reports are not entries: what becomes of one stands in the trace of the message it is
   about, which its `ReportToken` names.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from hubemu.clock import Clock
from hubemu.journal.contents import JournalContents
from hubemu.journal.conversation import case_of, conversation
from hubemu.journal.entry import (
    DEAD_LETTERED,
    MAX_STEPS,
    RANK,
    STEP_COST,
    Entry,
    Outcome,
    ReportToken,
    dead_letter_cause,
)
from hubemu.journal.query import CURSOR, Filters, Page, UnknownCursor
from hubemu.journal.watch import Subscription, Waiter
from hubemu.topology import DEAD_LETTERS, DISPATCH
from hubemu.watchers import tell_each

if TYPE_CHECKING:
    from hubemu.broker.core import Message

__all__ = ["Journal"]

_EVERYTHING = Filters()
_LAST_STEP = MAX_STEPS - 1
_DISPATCHER_QUEUES = frozenset((DISPATCH, DEAD_LETTERS))
_CURSOR = re.compile(CURSOR)


class Journal:
    """The last messages; also the `Observer` of the broker, which follows them in their queues.

    Args:
        clock: tells the time of the steps.
        max_messages: entries kept at most.
        max_bytes: memory kept at most, bodies counted, in bytes.
        max_age: seconds an entry is kept at most; they end when a message or a reader comes next.
        on_outcome: told of each outcome an entry comes to; `routed` is never left out.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        max_messages: int = 10_000,
        max_bytes: int = 64 * 1024 * 1024,
        max_age: float | None = None,
        on_outcome: Callable[[Entry, Outcome], None] | None = None,
    ) -> None:
        self._now = clock.now
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._on_outcome = on_outcome
        # Ordered, because finding the oldest of a plain dict gets slow once many were removed.
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0
        self._last_id = 0
        self._last_number = 0
        self.taken = 0
        """Messages kept since the start or the last clearing, each counted once."""
        self._watchers: list[Waiter | Subscription] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __bool__(self) -> bool:
        # An empty journal is one: `journal or ...` must not replace it.
        return True

    @property
    def bytes_held(self) -> int:
        """Bytes the entries are reckoned to hold."""
        return self._bytes

    def new_id(self) -> str:
        """An id never given before."""
        self._last_id += 1
        return f"m{self._last_id}"

    # What the dispatcher tells.

    def add(self, entry: Entry) -> None:
        """Keep an entry, without telling anybody yet: its publications come first."""
        if entry.id in self._entries:
            self._forget(entry.id)
        else:
            self.taken += 1
        self._last_number += 1
        entry.number = self._last_number
        size = entry.reckon()
        if size > self._max_bytes:
            entry.forget_bodies()
            size = entry.reckon()
        entry.size = size
        self._entries[entry.id] = entry
        self._bytes += size
        if self._max_age is not None:
            entry.entered = self._now()
            self._current()
        if self._bytes > self._max_bytes or len(self._entries) > self._max_messages:
            self._keep_within_bounds()

    def tell(self, entry: Entry) -> None:
        """Tell that an entry has come to another outcome; nothing if that is known."""
        outcome, told = entry.outcome, entry.told
        if outcome == told:
            return
        entry.told = outcome
        if self._on_outcome is not None:
            if told is None and outcome in ("delivered", "acknowledged"):
                self._on_outcome(entry, "routed")  # in the act of being published
            self._on_outcome(entry, outcome)
        if self._watchers:
            tell_each([watcher.told for watcher in self._watchers], entry)

    def explain(self, entry: Entry, error: tuple[int, str], cause: str) -> None:
        """An entry has this error, its sender being told this cause."""
        entry.error, entry.cause = error, cause
        entry.size += len(cause)
        self._bytes += len(cause)
        self._keep_within_bounds()

    def note(self, entry_id: str, step: str, detail: str = "") -> None:
        """Add a step to the trace of an entry, if it is still kept."""
        if (entry := self._entries.get(entry_id)) is not None:
            self._step(entry, step, detail)

    # What the broker tells (hubemu.broker.core.Observer).

    def delivered(self, vhost: str, queue: str, message: Message, user: str) -> None:
        """A message of a client queue was sent to a consumer."""
        self._follow(message.token, "delivered", queue, user)

    def acknowledged(self, vhost: str, queue: str, message: Message) -> None:
        """A consumer acknowledged it."""
        self._follow(message.token, "acknowledged", queue)

    def dead_lettered(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        """It left the queue for the dead letters: `expired`, `rejected` or `maxlen`."""
        self._follow(message.token, "dead-lettered", queue, reason)

    def dropped(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        """It left the queue for good, unread."""
        # Without a queue it was unroutable, which its publisher is told and says better.
        if queue:
            self._follow(message.token, "dropped", queue, reason)

    # What readers ask.

    def get(self, entry_id: str) -> Entry | None:
        """The entry with that id, if it is still kept."""
        return self._current().get(entry_id)

    def conversation(self, entry: Entry) -> list[dict[str, Any]]:
        """The messages that belong to one (see `hubemu.journal.conversation`)."""
        return conversation(entry, self._current().values())

    def select(
        self, filters: Filters = _EVERYTHING, *, after: str | None = None, limit: int | None = None
    ) -> Page:
        """The entries that pass the filters, oldest first, `limit` at most.

        `after` is the id of an entry: only those judged after it. An id that is no longer kept
        means everything that is.

        Raises:
            UnknownCursor: `after` is not an id that this journal has given.
        """
        number = self._number_of(after)
        matching = (
            entry
            for entry in self._current().values()
            if entry.number > number and filters.match(entry)
        )
        if limit is None:
            return Page(tuple(matching))
        entries = tuple(islice(matching, limit))
        more = bool(entries) and next(matching, None) is not None
        return Page(entries, entries[-1].id if more else None)

    def newest(self, filters: Filters, count: int) -> Page:
        """The newest entries that pass the filters, oldest first, `count` at most."""
        matching = filter(filters.match, reversed(self._current().values()))
        return Page(tuple(islice(matching, count))[::-1])

    def cases(self) -> dict[str, str]:
        """The caseId of each entry that has one, by the entry's id."""
        found = ((entry.id, case_of(entry.body)) for entry in self._current().values())
        return {entry_id: case.decode("utf-8", "replace") for entry_id, case in found if case}

    async def wait(
        self,
        filters: Filters = _EVERYTHING,
        *,
        after: str | None = None,
        limit: int | None = None,
        timeout: float,
    ) -> Page:
        """As `select`, but if nothing matches yet wait for it, `timeout` seconds at most."""
        page = self.select(filters, after=after, limit=limit)
        if page.entries or timeout <= 0:
            return page
        waiter = Waiter(filters, self._number_of(after))
        self._watchers.append(waiter)
        try:
            await waiter.wait(timeout)
        finally:
            self._watchers.remove(waiter)
        return self.select(filters, after=after, limit=limit)

    def subscribe(
        self, filters: Filters = _EVERYTHING, *, max_pending: int = 1_000
    ) -> Subscription:
        """A stream of the changes from now on; close it when done."""
        self._watchers.append(one := Subscription(filters, max_pending, self._watchers.remove))
        return one

    def clear(self) -> None:
        """Forget every message, and tell subscribers so; ids and cursors go on."""
        self._entries.clear()
        self._bytes = self.taken = 0
        for watcher in self._watchers:
            watcher.forgotten()

    def contents(self) -> JournalContents:
        """What it holds, but messages that are held: they come to it again."""
        return JournalContents.of(self._current().values(), self.taken)

    def put_back(self, contents: JournalContents, later: float) -> None:
        """Hold that alone, `later` seconds after it was taken down; ids and cursors go on."""
        self.clear()
        self.taken = contents.taken
        for entry in contents.anew(later):
            self._entries[entry.id] = entry
            self._bytes += entry.size
            tell_each([watcher.told for watcher in self._watchers], entry)

    def _number_of(self, cursor: str | None) -> int:
        if cursor is None:
            return 0
        if (entry := self._entries.get(cursor)) is not None:
            return entry.number
        given = _CURSOR.fullmatch(cursor)
        if given is None or not 0 < int(given[1]) <= self._last_id:
            raise UnknownCursor(cursor)
        return 0

    def _follow(self, token: object, outcome: Outcome, queue: str, detail: str = "") -> None:
        if queue in _DISPATCHER_QUEUES:
            return
        if type(token) is str:
            entry = self._entries.get(token)
            if entry is None:
                return
            self._step(entry, outcome, detail)
            if outcome == "acknowledged":
                left = entry.unacknowledged = entry.unacknowledged - 1
                if left > 0:
                    return
            if RANK[outcome] > RANK[entry.outcome]:
                entry.outcome = outcome
                if outcome == "dead-lettered":
                    cause = dead_letter_cause(entry.distribution_id, detail)
                    self.explain(entry, DEAD_LETTERED, cause)
                self.tell(entry)
        elif type(token) is ReportToken:
            self.note(token.entry_id, f"error report {outcome}", detail or queue)

    def _step(self, entry: Entry, step: str, detail: str) -> None:
        trace = entry.trace
        if len(trace) >= _LAST_STEP:
            if len(trace) >= MAX_STEPS:
                return
            step, detail = "trace full", "further steps are not kept"
        trace.append((step, self._now(), detail))
        cost = STEP_COST + len(detail)
        entry.size += cost
        self._bytes += cost
        if self._bytes > self._max_bytes:
            self._keep_within_bounds()

    def _keep_within_bounds(self) -> None:
        while len(self._entries) > self._max_messages or self._bytes > self._max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size

    def _current(self) -> OrderedDict[str, Entry]:
        """The entries, those that are too old being forgotten."""
        if self._max_age is not None:
            eldest = self._now() - self._max_age
            while self._entries and next(iter(self._entries.values())).entered <= eldest:
                self._bytes -= self._entries.popitem(last=False)[1].size
        return self._entries

    def _forget(self, entry_id: str) -> None:
        self._bytes -= self._entries.pop(entry_id).size
