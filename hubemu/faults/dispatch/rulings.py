"""What the effects make of a ruling: pure functions, by the names of the effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from hubemu.broker.wire.rewriting import with_content_type
from hubemu.dispatcher.decision import ConversionNeeded, Now, Ruling, rejected
from hubemu.dispatcher.delivery import ErrorCode, Publication, Rejection
from hubemu.dispatcher.interposing import INTERPOSED
from hubemu.dispatcher.unread_message import looks_like
from hubemu.faults.dispatch.damage import damaged
from hubemu.faults.dispatch.facts import id_of
from hubemu.faults.in_force import Strike
from hubemu.journal import dead_letter_cause
from hubemu.messages.refusals import extract_id

__all__ = ["DECIDING", "FORWARDED", "JUDGED", "Judged", "mark"]

Judged: TypeAlias = Ruling | ConversionNeeded


def mark(judged: Judged, now: Now, what: str, strike: Strike) -> None:
    """Say in the trace of a message what a rule did to it."""
    judged.trace.append((INTERPOSED, now(), f"{what} by fault {strike.fault.rule.label}"))


def _distribution_id(judged: Judged) -> str:
    subject = judged.subject
    return id_of(subject.envelope, extract_id(subject.delivery.body))


def _drop(judged: Judged, strike: Strike, now: Now) -> Ruling:
    mark(judged, now, "dropped", strike)
    return Ruling("dropped", judged.subject, judged.trace)


def _reject(judged: Judged, strike: Strike, now: Now) -> Ruling:
    given = strike.fault.parameters
    mark(judged, now, f"rejected with {given['code']}", strike)
    code = ErrorCode(given["code"])
    rejection = Rejection(code, given["cause"], _distribution_id(judged))
    return rejected(judged.subject, rejection, judged.trace, now)


def _expire(judged: Judged, strike: Strike, now: Now) -> Ruling:
    mark(judged, now, "taken for expired", strike)
    about = _distribution_id(judged)
    cause = f"Message {about} has expired before reaching the recipient queue"
    rejection = Rejection(ErrorCode.EXPIRED_MESSAGE_BEFORE_ROUTING, cause, about)
    return rejected(judged.subject, rejection, judged.trace, now)


JUDGED: Mapping[str, Callable[[Judged, Strike, Now], Ruling]] = {
    "drop": _drop,
    "reject": _reject,
    "expire": _expire,
}
"""Effects that are the end of a message, whatever its verdict."""
DECIDING = frozenset(JUDGED) | {"delay", "pause", "reorder"}
"""Effects that strike when a message was judged; the others, when it is known what is sent."""


def _dead_letter(ruling: Ruling, strike: Strike, now: Now) -> Ruling:
    reason = strike.fault.parameters["reason"]
    mark(ruling, now, f"dead-lettered ({reason})", strike)
    about = _distribution_id(ruling)
    cause = dead_letter_cause(about, reason)
    rejection = Rejection(ErrorCode.DEAD_LETTER_QUEUED, cause, about)
    refused = rejected(ruling.subject, rejection, ruling.trace, now)
    refused.outcome = "dead-lettered"
    return refused


def _duplicate(ruling: Ruling, strike: Strike, now: Now) -> Ruling:
    times = 1 + int(strike.fault.parameters["copies"])
    mark(ruling, now, f"sent {times} times", strike)
    return msgspec.structs.replace(ruling, publications=ruling.publications * times)


def _misroute(ruling: Ruling, strike: Strike, now: Now) -> Ruling:
    other = str(strike.fault.parameters["to"])
    mark(ruling, now, f"misrouted to {other}", strike)

    def misrouted(one: Publication) -> Publication:
        kind = one.routing_key.rpartition(".")[2]
        return msgspec.structs.replace(one, routing_key=f"{other}.{kind}")

    return _each(ruling, misrouted)


def _content_type(ruling: Ruling, strike: Strike, now: Now) -> Ruling:
    value = str(strike.fault.parameters["value"])
    mark(ruling, now, f"sent as {value}", strike)

    def declared(one: Publication) -> Publication:
        return msgspec.structs.replace(one, header=with_content_type(one.header, value))

    return _each(ruling, declared)


def _corrupt(ruling: Ruling, strike: Strike, now: Now) -> Ruling:
    how = str(strike.fault.parameters["how"])
    mark(ruling, now, f"corrupted ({how})", strike)

    def corrupted(one: Publication) -> Publication:
        body = damaged(one.body, how, looks_like(one.body), strike.chance)
        return msgspec.structs.replace(one, body=body)

    return _each(ruling, corrupted)


def _each(ruling: Ruling, change: Callable[[Publication], Publication]) -> Ruling:
    return msgspec.structs.replace(ruling, publications=tuple(map(change, ruling.publications)))


FORWARDED: Mapping[str, Callable[[Ruling, Strike, Now], Ruling]] = {
    "duplicate": _duplicate,
    "misroute": _misroute,
    "content-type": _content_type,
    "corrupt": _corrupt,
    "dead-letter": _dead_letter,
}
"""Effects on what goes to the recipient."""
