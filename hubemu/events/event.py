"""One thing that happened, and its JSON form.

A message's facts are a bare tuple until somebody reads them: making an event must cost the
dispatcher next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeAlias

from hubemu.journal import HUB_CODES, Entry, Outcome, utc_text
from hubemu.printable import printable

__all__ = ["REFUSALS", "Event", "Kind", "Level", "message_event"]

Kind: TypeAlias = Literal[
    "connected",
    "refused",
    "closed",
    "held",
    "routed",
    "delivered",
    "acknowledged",
    "rejected",
    "dead-lettered",
    "dropped",
    "phase",
    "certificates",
    "routing",
    "clock",
    "reset",
    "restored",
    "fault",
    "warning",
]
Level: TypeAlias = Literal["info", "refused"]

REFUSALS: frozenset[Kind] = frozenset({"refused", "rejected", "dead-lettered", "dropped"})
"""The kinds that tell of something a client did not get."""

_WITH_REASON: frozenset[Kind] = frozenset({"held", "dead-lettered", "dropped"})

_MESSAGE = (
    ("id", "id"),
    ("vhost", "vhost"),
    ("sender", "sender"),
    ("recipient", "recipient"),
    ("distributionID", "distribution_id"),
    ("kind", "kind"),
    ("type", "type"),
    ("format", "format"),
    ("queue", "queue"),
    ("errorCode", "error"),
    ("errorCause", "cause"),
)
_NAMES = tuple(name for name, _ in _MESSAGE)
_facts_of = attrgetter(*(attribute for _, attribute in _MESSAGE))


class Event(NamedTuple):
    """What happened, at seconds since the epoch; `number` counts the events of a Hub from 1.

    `facts` are the values of a message in the order of `_MESSAGE`, else names with values;
    `reason` says why, where that is a word of the broker (`expired`).
    """

    number: int
    at: float
    kind: Kind
    facts: Mapping[str, Any] | tuple[Any, ...]
    reason: str = ""

    @property
    def level(self) -> Level:
        """`refused` for what a client did not get, `info` for all else."""
        return "refused" if self.kind in REFUSALS else "info"

    def named(self) -> Mapping[str, Any]:
        """The facts by name; those of a message are named as in a row of the journal."""
        if isinstance(self.facts, tuple):
            return dict(zip(_NAMES, self.facts, strict=True))
        return self.facts

    def to_json(self) -> dict[str, Any]:
        """One flat object; `message` is the kind of a message, since `kind` is the event's."""
        facts = {name: _shown(value) for name, value in self.named().items()}
        if isinstance(self.facts, tuple):
            facts["errorCause"] = self.named()["errorCause"]
            facts["distributionKind"] = facts.pop("kind")
            error = self.named()["errorCode"]
            facts["errorCode"] = error and {"statusCode": error[0], "statusString": error[1]}
            code = HUB_CODES.get(error[0]) if error is not None else None
            facts["mend"] = code.mend if code is not None else None
        head = {"number": self.number, "at": utc_text(self.at)}
        told = head | {"kind": self.kind, "level": self.level} | facts
        return told | ({"reason": self.reason} if self.reason else {})


def message_event(number: int, at: float, entry: Entry, outcome: Outcome) -> Event:
    """That a message of the journal came to `outcome`."""
    reason = entry.trace[-1][2] if outcome in _WITH_REASON else ""
    return Event(number, at, outcome, _facts_of(entry), reason)


def _shown(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value
