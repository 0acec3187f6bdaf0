"""Why the broker refused something, in plain words, and what to do about it.

The codes and texts are RabbitMQ's (facts: hub 2, clients, pki 2), so one table serves both engines.

"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubemu.events.rules import RULES
from hubemu.suggestions import closest
from hubemu.topology import HUB_EXCHANGE, QUEUE_KINDS

__all__ = ["Reason", "Situation", "reason_for"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and a mend that a developer can act on without reading documentation."""

    why: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What was refused to whom.

    `ids` are those the client may act as, its main one first; empty if nobody knows who it is.
    `vhosts` are all that the Hub has, `queues` those of the client.
    """

    scope: str
    code: int
    text: str
    method: str = ""
    ids: Sequence[str] = ()
    vhosts: Sequence[str] = ()

    @property
    def own(self) -> str:
        """The id of the client, or a placeholder where it is not known."""
        return self.ids[0] if self.ids else "<client id>"

    @property
    def key(self) -> str:
        """The routing keys that it may publish with."""
        return " or ".join(self.ids) if 0 < len(self.ids) <= 3 else self.own

    @property
    def queues(self) -> str:
        """The queues that it may read."""
        return ", ".join(f"{self.own}.{kind}" for kind in QUEUE_KINDS)


def reason_for(situation: Situation) -> Reason:
    """Why, and the mend; a refusal nobody foresaw is told by its code alone."""
    text = " ".join(situation.text.split())
    for rule in RULES:
        if rule.code not in (None, situation.code) or rule.scope not in ("", situation.scope):
            continue
        if rule.methods and re.fullmatch(rule.methods, situation.method) is None:
            continue
        found = re.search(rule.pattern, text)
        if found is not None:
            words = _words(situation, found.groupdict())
            return Reason(rule.why.format_map(words), rule.mend.format_map(words))
    raise AssertionError("the last rule fits everything")


def _words(situation: Situation, groups: dict[str, Any]) -> dict[str, Any]:
    asked = groups.get("name") or ""
    return groups | {
        "own": situation.own,
        "key": situation.key,
        "queues": situation.queues,
        "hub": HUB_EXCHANGE,
        "method": situation.method or "what was asked",
        "vhosts": _close(asked, situation.vhosts),
    }


def _close(name: str, known: Sequence[str]) -> str:
    near = closest(name, known)
    every = ", ".join(known) or "those of the Hub"
    return f"did you mean {near}? There are {every}" if near else f"use one of {every}"
