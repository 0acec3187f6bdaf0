"""A delivery that an inbox holds, and what its reader did with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hubemu.client.inbox import Inbox
from hubemu.client.listening import row
from hubemu.client.received import ReceivedMessage
from hubemu.errors import CheckFailed
from hubemu.journal import utc_text

__all__ = ["Held", "NotWaiting", "State"]

State = Literal["waiting", "acknowledged", "refused", "requeued", "returned"]
"""`returned`: its connection ended before anything was done, so the broker has it again."""


class NotWaiting(CheckFailed):
    """The delivery has been dealt with before."""


@dataclass(slots=True)
class Held:
    """One delivery; `number` is its own, `changed` that of its last change, of the whole desk."""

    number: int
    changed: int
    inbox_id: str
    at: float
    delivery: ReceivedMessage
    source: Inbox
    state: State = "waiting"
    answered: bool = False

    def require_waiting(self) -> None:
        """Refuse what would be done a second time.

        Raises:
            NotWaiting: it is no more waiting.
        """
        if self.state != "waiting":
            raise NotWaiting(f"delivery {self.number} is {self.state} already")

    def to_json(self) -> dict[str, Any]:
        """The row of `hubemu listen --json`, with its state."""
        return {
            "number": self.number,
            "inbox": self.inbox_id,
            "at": utc_text(self.at),
            "state": self.state,
            "answered": self.answered,
            **row(self.delivery),
        }
