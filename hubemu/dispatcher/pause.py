"""What those behind a message wait for, one at a time: its conversion, or what reads its type."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from hubemu.supervision import Supervision

if TYPE_CHECKING:
    from hubemu.dispatcher.on_its_way import TreatedMessage

__all__ = ["Pause"]


class Pause:
    """Whether one vHost's messages wait; `supervision` looks after what is done meanwhile."""

    def __init__(self, supervision: Supervision) -> None:
        self._supervision = supervision
        self._task: asyncio.Task[None] | None = None
        self._message: TreatedMessage | None = None

    @property
    def is_on(self) -> bool:
        """Whether they wait."""
        return self._task is not None

    def begin(
        self, message: TreatedMessage, name: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """Those behind a message wait until `work` calls `end`."""
        self._message = message
        self._task = self._supervision.once(name, work)

    def end(self) -> None:
        """They go on."""
        self._task = self._message = None

    async def cancel(self) -> TreatedMessage | None:
        """End what is done meanwhile; the message that it was for, if there was one."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        message, self._message = self._message, None
        return message
