"""Messages that have left a queue: each is ended, in their order, as fast as turns allow.

Rules:
1. Whoever left earlier is ended earlier, so that dead letters come in the order of the deaths.
2. Of many that left, one that cannot be ended keeps none of the others from it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from hubemu.broker.core.backlog import BURIAL, Backlog
from hubemu.broker.core.ready import PriorityReady, QueuedMessage, Ready

__all__ = ["Departures", "MessageEnd"]

_LOG = logging.getLogger(__name__)


class MessageEnd(NamedTuple):
    """How messages end: `reason` as the observer is told; maybe with a dead letter."""

    reason: str
    dead_letter: bool

    @property
    def cost(self) -> int:
        """What one costs of a turn."""
        return BURIAL if self.dead_letter else 1


class _Leaving(NamedTuple):
    messages: deque[QueuedMessage] | PriorityReady
    end: MessageEnd


class Departures:
    """The messages that have left one queue and are not ended yet.

    Args:
        backlog: gives turns.
        finish: ends a message.
    """

    __slots__ = ("_backlog", "_finish", "_leaving")

    def __init__(
        self, backlog: Backlog, finish: Callable[[QueuedMessage, MessageEnd], None]
    ) -> None:
        self._backlog = backlog
        self._finish = finish
        self._leaving: deque[_Leaving] = deque()

    def leave(self, queued: QueuedMessage, end: MessageEnd) -> None:
        """One message has left."""
        if not self._leaving and self._backlog.spend(end.cost):
            self._finish(queued, end)
            return
        if self._leaving:
            last = self._leaving[-1]
            if last.end == end and type(last.messages) is deque:
                last.messages.append(queued)
                return
        self._wait(_Leaving(deque((queued,)), end))

    def leave_together(self, messages: Ready | PriorityReady, end: MessageEnd) -> None:
        """All of `messages` have left, and belong to nobody else; they end from the first on."""
        self._wait(_Leaving(messages, end))

    def _wait(self, leaving: _Leaving) -> None:
        self._leaving.append(leaving)
        if len(self._leaving) == 1 and not self._part():
            self._backlog.later(self._part)

    def _part(self) -> bool:
        """End as many as the turn allows; whether none is left."""
        leaving, spend, finish = self._leaving, self._backlog.spend, self._finish
        while leaving:
            messages, end = leaving[0]
            cost = end.cost
            while messages:
                if not spend(cost):
                    return False
                queued = messages.popleft()
                try:
                    finish(queued, end)
                except Exception:
                    _LOG.exception("a message of queue %r: a fault of hubemu", queued.queue.name)
            leaving.popleft()
        return True
