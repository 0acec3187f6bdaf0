"""What a lane remembers of messages beyond their delivery, because AMQP carries no id of ours.

A message is recognised by its routing key and body. Two that are the same in both may exchange
their ids; neither is ever left out for the other's sake.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

__all__ = ["Expected", "Memory"]

_FOLLOWED = 10_000
"""Messages remembered of each kind: what the journal keeps."""


class Expected(NamedTuple):
    """The journal id of a message that will come; `in_doubt` if it may have been published."""

    entry_id: str
    in_doubt: bool


class Memory:
    """Which journal id a message has that will come, or that went on."""

    def __init__(self) -> None:
        self._expected: OrderedDict[int, tuple[Expected, ...]] = OrderedDict()
        self._forwarded: OrderedDict[int, str] = OrderedDict()

    def expect(
        self, routing_key: str, body: bytes, entry_id: str, *, in_doubt: bool = False
    ) -> None:
        """The next such message has this id, or the one after those expected already."""
        fingerprint = hash((routing_key, body))
        before = self._expected.get(fingerprint, ())
        self._expected[fingerprint] = (*before, Expected(entry_id, in_doubt))
        _within_bounds(self._expected)

    def expected(self, routing_key: str, body: bytes) -> Expected | None:
        """What was expected of a message; each is expected once."""
        if not self._expected:
            return None
        fingerprint = hash((routing_key, body))
        first, *rest = self._expected.pop(fingerprint, None) or (None,)
        if rest:
            self._expected[fingerprint] = tuple(one for one in rest if one is not None)
        return first

    def forwarded(self, sender: str, body: bytes, entry_id: str) -> None:
        """A message of `sender` went on as `body`."""
        self._forwarded[hash((sender, body))] = entry_id
        _within_bounds(self._forwarded)

    def of_dead_letter(self, sender: str, body: bytes) -> str | None:
        """The id of the message that a dead letter was."""
        return self._forwarded.get(hash((sender, body)))


def _within_bounds(memory: OrderedDict[int, str] | OrderedDict[int, tuple[Expected, ...]]) -> None:
    if len(memory) > _FOLLOWED:
        memory.popitem(last=False)
