"""What was published and is not confirmed yet.

Rules:
1. A publication is settled once: accepted, returned (no such queue) or refused by the broker.
2. The broker returns a message before it confirms it, in the order of publication, so a return is
   matched by key and body to the first that waits for its confirm. A `message_id` would not do: it
   belongs to the sender.
3. A confirm that does not come within a time is no verdict: the link is to be given up then, and
   what was not acknowledged comes again.
4. So is a link that takes nothing for a queue any more: RabbitMQ 3.10 refuses on it what goes to a
   queue whose leader it remembers on a node that died, for as long as that node is down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from hubemu.confirmation import Confirmation

__all__ = ["Publications"]


@dataclass(slots=True)
class _Pending:
    routing_key: str
    body: bytes
    settled: Callable[[Confirmation], None]
    since: float
    returned: bool = False


class Publications:
    """The unconfirmed publications of one channel, in order."""

    def __init__(self) -> None:
        self._pending: dict[int, _Pending] = {}
        self._last_tag = 0
        self._refused: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def oldest(self) -> float | None:
        """When the one that waits longest was published, by its link's clock; `None` if none."""
        first = next(iter(self._pending.values()), None)
        return None if first is None else first.since

    def refused_since(self) -> float | None:
        """When the first was published of those refused to a queue that has taken none since.

        The longest such time of any queue, by the clock of `add`; `None` if there is none.
        """
        return min(self._refused.values(), default=None)

    def add(
        self,
        routing_key: str,
        body: bytes,
        settled: Callable[[Confirmation], None],
        *,
        at: float = 0.0,
    ) -> None:
        """One was published; `settled` will be told what became of it.

        `at` is the time in seconds, by a clock that is the caller's.
        """
        self._last_tag += 1
        self._pending[self._last_tag] = _Pending(routing_key, body, settled, at)

    def returned(self, routing_key: str, body: bytes) -> None:
        """The broker gave one back."""
        for pending in self._pending.values():
            if not pending.returned and pending.routing_key == routing_key and pending.body == body:
                pending.returned = True
                return

    def confirmed(self, tag: int, *, multiple: bool, accepted: bool) -> None:
        """The broker confirmed one, or all up to it; `accepted` is false for a basic.nack."""
        tags = list(takewhile(lambda one: one <= tag, self._pending)) if multiple else [tag]
        for one in tags:
            pending = self._pending.pop(one, None)
            if pending is not None:
                self._count(pending, accepted=accepted)
                pending.settled(_confirmation(accepted, pending.returned))

    def _count(self, pending: _Pending, *, accepted: bool) -> None:
        if not accepted:
            self._refused.setdefault(pending.routing_key, pending.since)
        elif self._refused:
            self._refused.pop(pending.routing_key, None)

    def clear(self) -> None:
        """Forget them all: nobody is told."""
        self._pending.clear()
        self._refused.clear()


def _confirmation(accepted: bool, returned: bool) -> Confirmation:
    if not accepted:
        return Confirmation.REFUSED
    return Confirmation.RETURNED if returned else Confirmation.ACCEPTED
