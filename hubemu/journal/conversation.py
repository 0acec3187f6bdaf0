"""The messages that belong to one: its acknowledgement, what it answers, those of its case.

Found when somebody asks, by looking through the bodies that are kept: nothing is spent on a message
that nobody asks about. A plain search comes first, so only what mentions the id is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hubemu.documents import summary_of
from hubemu.journal.entry import Entry, utc_text

__all__ = ["case_of", "conversation"]

_CASE = re.compile(rb'"caseId"\s*:\s*"([^"]{1,200})"|<(?:\w+:)?caseId>\s*([^<]{1,200}?)\s*<')
_REPORT = "error report "


def conversation(entry: Entry, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """What belongs to `entry` among `entries`, oldest first; its error report, if any, last.

    `relation` is `answers` (this is what it answers), `acknowledgement`, `error` (another client's
    error message on it), `case` (of the same case) or `error report` (the Hub's own, which is no
    message of the journal: its `id` is null).
    """
    others = [one for one in entries if one is not entry]
    found = {one.id: (one, "case") for one in _of_the_case(entry, others)}
    found |= {one.id: (one, relation) for one, relation in _about(entry, others)}
    answered = _reference(entry)
    if answered is not None:
        found |= {one.id: (one, "answers") for one in others if one.distribution_id == answered}
    told = sorted(found.values(), key=lambda pair: pair[0].number)
    return [_shown(one, relation) for one, relation in told] + list(_report(entry))


def _about(entry: Entry, others: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    """The messages that refer to this one."""
    if entry.distribution_id is None:
        return
    mentioned = entry.distribution_id.encode()
    for one in others:
        if mentioned in one.body and _reference(one) == entry.distribution_id:
            yield one, "error" if one.kind == "Error" else "acknowledgement"


def _of_the_case(entry: Entry, others: Iterable[Entry]) -> Iterator[Entry]:
    case = case_of(entry.body)
    if case is not None:
        yield from (one for one in others if case in one.body and case_of(one.body) == case)


def case_of(body: bytes) -> bytes | None:
    """The caseId in a body, the first if there are several."""
    found = _CASE.search(body)
    return (found[1] or found[2]) if found is not None else None


def _reference(entry: Entry) -> str | None:
    return summary_of(entry.body, f"application/{entry.format}").reference


def _shown(one: Entry, relation: str) -> dict[str, Any]:
    return {
        "relation": relation,
        "id": one.id,
        "at": utc_text(one.at),
        "distributionID": one.distribution_id,
        "sender": one.sender,
        "recipient": one.recipient,
        "type": one.type,
        "outcome": one.outcome,
    }


def _report(entry: Entry) -> Iterator[dict[str, Any]]:
    """The Hub's error report, as its trace tells of it: sent, delivered, acknowledged or lost."""
    steps = [
        (step.removeprefix(_REPORT), at) for step, at, _ in entry.trace if step.startswith(_REPORT)
    ]
    if steps:
        yield {
            "relation": "error report",
            "id": None,
            "at": utc_text(steps[0][1]),
            "distributionID": None,
            "sender": "fr.health.hub",
            "recipient": entry.sender,
            "type": "error",
            "outcome": steps[-1][0],
        }
