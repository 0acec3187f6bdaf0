"""Work on many messages, done in parts so that no client waits for that of another.

Rules:
1. What clients can see of a change is done at once: a queue that is purged is empty. What is left
   for later is what only counts, the log and the dead-letter exchange get to know.
2. A turn has so much work that it takes some milliseconds: `PART` messages, or as many less as cost
   more. What is more is left for the turns after it, in its order; several works take turns.
3. While nobody gives turns (`drive`), everything is done at once.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

__all__ = ["BURIAL", "PART", "Backlog"]

_LOG = logging.getLogger(__name__)

PART: Final = 1_000
"""Messages that are dropped, looked at or put back in a turn."""
BURIAL: Final = 10
"""How many of them one costs that goes to a dead-letter exchange."""

_Work: TypeAlias = Callable[[], bool]
"""Does a part; gives whether nothing is left."""


class Backlog:
    """What one broker has still to do."""

    def __init__(self) -> None:
        self._waiting: deque[_Work] = deque()
        self._next_turn: Callable[[], object] | None = None
        self._left = PART
        self._asked = False

    def __len__(self) -> int:
        """How many works wait for their turn."""
        return len(self._waiting)

    @property
    def driven(self) -> bool:
        """Whether there are turns."""
        return self._next_turn is not None

    def drive(self, next_turn: Callable[[], object] | None) -> None:
        """From now on have `next_turn` called, which is to call `turn` a little later.

        `None`: do all that waits, and everything from now on at once.
        """
        self._next_turn = next_turn
        self._asked = False
        self._go_on()

    def spend(self, cost: int) -> bool:
        """Whether something may be done now that costs so much; if so, it counts."""
        if self._next_turn is None:
            return True
        if self._left <= 0:
            return False
        self._left -= cost
        self._ask()
        return True

    def later(self, work: _Work) -> None:
        """Have `work` done part by part, one in a turn.

        It takes out what it works on before anything can fail: it is called again if it does.
        """
        self._waiting.append(work)
        self._go_on()

    def turn(self) -> None:
        """Do as much as a turn has room for: a part of what waits."""
        self._asked = False
        self._left = PART
        if self._waiting:
            self._work()
        self._go_on()

    def _go_on(self) -> None:
        """See to it that what waits is done: later, or now if there are no turns."""
        if self._next_turn is None:
            while self._waiting:
                self._work()
        elif self._waiting:
            self._ask()

    def _work(self) -> None:
        work = self._waiting.popleft()
        try:
            done = work()
        except Exception:
            # One message must not keep the others from what is due to them.
            _LOG.exception("a part of the work on many messages failed: a fault of hubemu")
            done = False
        if not done:
            self._waiting.append(work)

    def _ask(self) -> None:
        if not self._asked and self._next_turn is not None:
            self._asked = True
            self._next_turn()
