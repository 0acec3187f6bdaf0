"""One message of the journal: its row, its bodies and its trace, and their JSON form (CONTRACT)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.properties import NO_PROPERTIES, decode_properties
from hubemu.journal.codes import HUB_CODES
from hubemu.journal.problems import problems_of

__all__ = [
    "ENTRY_COST",
    "MAX_STEPS",
    "Entry",
    "Forwarded",
    "Outcome",
    "ReportToken",
    "Step",
    "dead_letter_cause",
    "utc_text",
]

Outcome = Literal[
    "held", "routed", "rejected", "delivered", "acknowledged", "dead-lettered", "dropped"
]

RANK: Mapping[Outcome, int] = {
    "held": -1,
    "routed": 0,
    "delivered": 1,
    "acknowledged": 2,
    "dead-lettered": 2,
    "dropped": 2,
    "rejected": 2,
}
"""An outcome only gives way to one of a higher rank: rank 2 is final."""

_INVALID = 300
DEAD_LETTERED = (500, "DEAD_LETTER_QUEUED")
"""The error of a message that died in its queue (facts: hub 6)."""


def dead_letter_cause(referenced: object, reason: object) -> str:
    """What the Hub tells the sender of a message that died in its queue (facts: hub 5)."""
    return f"Message {referenced} has been read from dead-letter-queue; reason was {reason}"


Step = tuple[str, float, str]
"""What happened, when (seconds since the epoch), and a detail for a person or the empty text."""

ENTRY_COST = 2_000
"""Bytes reckoned for an entry besides its bodies."""
STEP_COST = 150
"""Bytes reckoned for a step of the trace besides its detail."""
MAX_STEPS = 200
"""Steps kept of one trace; a message requeued for ever must not fill the memory."""


def utc_text(at: float) -> str:
    """An instant (seconds since the epoch) as ISO 8601 in UTC with milliseconds."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


class Forwarded(msgspec.Struct):
    """What was published to the recipient's queue; `header` are its raw properties."""

    queue: str
    body: bytes
    header: bytes


class ReportToken:
    """Marks an error report in the broker as being about the message `entry_id`."""

    __slots__ = ("entry_id",)

    def __init__(self, entry_id: str) -> None:
        self.entry_id = entry_id


class Entry(msgspec.Struct):
    """A message the dispatcher has judged.

    `sender` is the routing key it was published with, `header` its raw properties. `outcome` is the
    furthest it went: a message that its recipient puts back in the queue stays `delivered`, its
    trace tells the rest. With several copies (a conversion that gave several messages) it is
    acknowledged when all are. `held` is one that a fault rule keeps back; it is judged anew, and
    entered anew, when it goes on. `error` and `cause` are what its sender was told, `told` is the
    last outcome that readers know of, `entered` when it came to a journal that forgets by age.
    """

    id: str
    at: float
    vhost: str
    sender: str
    body: bytes
    header: bytes
    outcome: Outcome
    trace: list[Step] = []
    recipient: str | None = None
    distribution_id: str | None = None
    kind: str | None = None
    type: str | None = None
    format: str | None = None
    error: tuple[int, str] | None = None
    cause: str | None = None
    queue: str | None = None
    forwarded: list[Forwarded] = []
    unacknowledged: int = 0
    number: int = 0
    entered: float = 0.0
    size: int = 0
    told: Outcome | None = None

    def reckon(self) -> int:
        """Bytes this entry is reckoned to hold."""
        trace = self.trace
        size = ENTRY_COST + STEP_COST * len(trace) + len(self.body) + len(self.header)
        for step in trace:
            if step[2]:
                size += len(step[2])
        for copy in self.forwarded:
            size += len(copy.body)
        size += len(self.distribution_id or "") + len(self.recipient or "")
        return size + len(self.cause or "")

    def forget_bodies(self) -> None:
        """Let go of what alone would break the journal's bound."""
        self.body, self.forwarded, self.header = b"", [], NO_PROPERTIES
        self.trace = [("content not kept", self.at, "larger than the journal's memory bound")]

    def row(self) -> dict[str, Any]:
        """The row of the list of messages."""
        code = HUB_CODES.get(self.error[0]) if self.error is not None else None
        error = self.error and {"statusCode": self.error[0], "statusString": self.error[1]}
        return {
            "id": self.id,
            "at": utc_text(self.at),
            "vhost": self.vhost,
            "sender": self.sender,
            "recipient": self.recipient,
            "distributionID": self.distribution_id,
            "kind": self.kind,
            "type": self.type,
            "format": self.format,
            "outcome": self.outcome,
            "errorCode": error,
            "errorCause": self.cause,
            "problems": self.problems(),
            "spec": code.spec if code is not None else None,
            "queue": self.queue,
        }

    def problems(self) -> list[dict[str, Any]]:
        """What is wrong with the message, as far as its cause tells (300)."""
        if self.error is None or self.error[0] != _INVALID or self.cause is None:
            return []
        return problems_of(self.cause, self.body, self.format)

    def detail(self) -> dict[str, Any]:
        """The row, the bodies as received and as forwarded, their properties, and the trace.

        A body that is not UTF-8 is given in base64, and `encoding` says so.
        """
        sha256 = base64.b64encode(hashlib.sha256(self.body).digest()).decode("ascii")
        return {
            **self.row(),
            **_body(self.body),
            "sha256": sha256,
            "properties": _properties(self.header),
            "forwarded": [
                {
                    "queue": copy.queue,
                    **_body(copy.body),
                    "properties": _properties(copy.header),
                }
                for copy in self.forwarded
            ],
            "trace": [
                {"at": utc_text(at), "step": step, "detail": detail}
                for step, at, detail in self.trace
            ],
        }


def _properties(header: bytes) -> dict[str, Any]:
    """Properties as JSON; none where they cannot be decoded."""
    try:
        return decode_properties(header).to_json()
    except MalformedError:
        return {}


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8"), "encoding": "utf-8"}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode("ascii"), "encoding": "base64"}
