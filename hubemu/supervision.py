"""What lives long is watched: no task, timer or thread of ours ends unseen.

Rules:
1. What ends by a fault is logged with its traceback.
2. A task that is kept is tried again, a little later each time; one that fails `TRIES` times in a
   row is given up. A life of `SOUND_SECONDS` makes up for what was before.
3. What was given up is a `Trouble`, which `/health` and `/ready` tell until it is mended.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final

from hubemu.printable import printable

__all__ = ["FIRST_WAIT", "LONGEST_WAIT", "SOUND_SECONDS", "TRIES", "Supervision", "Trouble"]

_LOG = logging.getLogger(__name__)

TRIES: Final = 8
FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0
"""Seconds before a task that failed is tried again: doubled each time."""
SOUND_SECONDS: Final = 60.0
"""A task that lived so long is sound: its next fault is its first."""

_Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is not done any more: its name, why it ended, and when (seconds since the epoch)."""

    task: str
    why: str
    since: float


class Supervision:
    """Those who work for a Hub as long as it lives, and what became of them.

    Args:
        now: tells the time for `Trouble.since`, in seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._troubles: dict[str, Trouble] = {}
        self._adopted: dict[str, tuple[Trouble, ...]] = {}

    def troubles(self) -> tuple[Trouble, ...]:
        """What was given up and is not mended, oldest first."""
        told = [*self._troubles.values()]
        for others in self._adopted.values():
            told += others
        return tuple(sorted(told, key=lambda one: one.since))

    def keep(self, name: str, work: _Work) -> asyncio.Task[None]:
        """Run what `work` makes as a task, tried again when it fails; inside the event loop."""
        return self._task(name, work, TRIES)

    def once(self, name: str, work: _Work) -> asyncio.Task[None]:
        """Run what `work` makes as a task, given up when it fails; inside the event loop."""
        return self._task(name, work, 1)

    def passing(self, name: str, work: _Work) -> asyncio.Task[None]:
        """Run what `work` makes as a task that only one client misses when it fails."""
        return asyncio.get_running_loop().create_task(_logged(name, work), name=name)

    def guard(self, name: str, call: Callable[[], object]) -> bool:
        """Make a call of a timer; whether it succeeded. A fault is a trouble until one does."""
        try:
            call()
        except Exception as error:
            self.fault(name, error)
            return False
        if self._troubles:
            self.mended(name)
        return True

    @property
    def troubled(self) -> bool:
        """Whether something of this process was given up and is not mended."""
        return bool(self._troubles)

    def fault(self, name: str, error: Exception) -> None:
        """Something that is done again and again failed: a trouble until it is mended."""
        _LOG.error("%s: a fault of hubemu", name, exc_info=error)
        self.give_up(name, error)

    def give_up(self, name: str, why: BaseException | str) -> None:
        """Note that something is not done any more."""
        words = why if isinstance(why, str) else f"{type(why).__name__}: {why}"
        if name not in self._troubles:
            self._troubles[name] = Trouble(name, printable(words), self._now())

    def mended(self, name: str) -> None:
        """Note that it is done again."""
        self._troubles.pop(name, None)

    def adopt(self, whose: str, troubles: Iterable[Trouble]) -> None:
        """Tell the troubles of another process as well, instead of those it had before."""
        self._adopted[whose] = tuple(troubles)

    def _task(self, name: str, work: _Work, tries: int) -> asyncio.Task[None]:
        self.mended(name)
        return asyncio.get_running_loop().create_task(self._run(name, work, tries), name=name)

    async def _run(self, name: str, work: _Work, tries: int) -> None:
        clock, failed, wait = asyncio.get_running_loop().time, 0, FIRST_WAIT
        while True:
            began = clock()
            try:
                await work()
                return
            except Exception as error:
                if clock() - began >= SOUND_SECONDS:
                    failed, wait = 0, FIRST_WAIT
                failed += 1
                if failed >= tries:
                    _LOG.exception("%s: given up after a fault of hubemu", name)
                    self.give_up(name, error)
                    return
                _LOG.exception("%s: a fault of hubemu; tried again in %g s", name, wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)


async def _logged(name: str, work: _Work) -> None:
    try:
        await work()
    except Exception:
        _LOG.exception("%s: ended by a fault of hubemu", name)
