"""What is remembered of messages beyond their delivery, because AMQP carries no id of ours.

A message is recognised by its routing key and body. Two that are the same in both may exchange
their ids; neither is ever left out for the other's sake.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import NamedTuple

__all__ = ["Expected", "Recognition"]

_FOLLOWED = 10_000
"""Messages remembered of each kind: what the journal keeps."""


class Expected(NamedTuple):
    """The journal id of a message that will come; `in_doubt` if it may have been published."""

    entry_id: str
    in_doubt: bool


class Recognition:
    """Which journal id a message has that will come, or that went on."""

    def __init__(self) -> None:
        self._expected: OrderedDict[int, deque[Expected]] = OrderedDict()
        self._count = 0
        self._forwarded: OrderedDict[int, str] = OrderedDict()

    def expect(
        self, routing_key: str, body: bytes, entry_id: str, *, in_doubt: bool = False
    ) -> None:
        """The next such message has this id, or the one after those expected already."""
        same = self._expected.setdefault(hash((routing_key, body)), deque())
        same.append(Expected(entry_id, in_doubt))
        self._count += 1
        if self._count > _FOLLOWED:
            self._take(next(iter(self._expected)))

    def expected(self, routing_key: str, body: bytes) -> Expected | None:
        """What was expected of a message; each is expected once."""
        return self._take(hash((routing_key, body))) if self._expected else None

    def _take(self, fingerprint: int) -> Expected | None:
        same = self._expected.get(fingerprint)
        if same is None:
            return None
        first = same.popleft()
        self._count -= 1
        if not same:
            del self._expected[fingerprint]
        return first

    def forwarded(self, sender: str, body: bytes, entry_id: str) -> None:
        """A message of `sender` went on as `body`."""
        self._forwarded[hash((sender, body))] = entry_id
        if len(self._forwarded) > _FOLLOWED:
            self._forwarded.popitem(last=False)

    def of_dead_letter(self, sender: str, body: bytes) -> str | None:
        """The id of the message that a dead letter was."""
        return self._forwarded.get(hash((sender, body)))
