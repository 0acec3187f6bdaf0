"""A rule in force: how often it looked and struck, and each decision for the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hubemu.faults.draws import draw
from hubemu.faults.matching import Event, Happening
from hubemu.faults.rule import Rule

__all__ = ["Ended", "RuleInForce", "Strike"]

_KEPT = 100_000
"""Decisions kept of each stream, at least."""
_MOST_STREAMS = 20_000
_Stream: TypeAlias = tuple[str, str]
Ended: TypeAlias = Literal["times", "seconds", "cleared"]


@dataclass(frozen=True, slots=True, eq=False)
class Strike:
    """A rule strikes an event; the `number`-th time; `last` if it is the last time."""

    fault: RuleInForce
    event: Happening
    ordinal: int
    number: int
    last: bool

    def chance(self, purpose: str) -> float:
        """A number from 0 up to, not including, 1 for a choice of the effect."""
        return self.fault.chance(self.event.stream, self.ordinal, purpose)

    def to_json(self) -> dict[str, Any]:
        """As an event tells it."""
        event = self.event
        return {
            "rule": self.fault.rule.label,
            "where": self.fault.where,
            "effect": self.fault.effect,
            "vhost": event.vhost,
            "sender": event.sender,
            "recipient": event.recipient,
            "type": event.type,
            "queue": event.queue,
            "client": event.clients[0] if event.clients else None,
            "strike": self.number,
        }


class _Decided:
    """The decisions of one stream: whether each event was struck; draws can be made again."""

    __slots__ = ("forgotten", "struck")

    def __init__(self) -> None:
        self.struck = bytearray()
        self.forgotten = 0

    def forget(self) -> None:
        """Of very many the oldest go."""
        del self.struck[:_KEPT]
        self.forgotten += _KEPT


class RuleInForce:
    """A rule under a seed; a `Fault`.

    Args:
        rule: what strikes whom, and how often.
        seed: of the Hub.
        tell: is called with each strike.
    """

    def __init__(self, rule: Rule, seed: int, tell: Callable[[Strike], None]) -> None:
        self.rule = rule
        self.ended: Ended | None = None
        """Why it strikes no more, if so."""
        self.strikes_made = 0
        self._seed = seed
        self._tell = tell
        self._streams: dict[_Stream, _Decided] = {}
        self._looked = 0

    # As `Fault` says.

    @property
    def id(self) -> str:
        """See `Fault`."""
        return self.rule.id

    @property
    def where(self) -> str:
        """See `Fault`."""
        return self.rule.where

    @property
    def effect(self) -> str:
        """See `Fault`."""
        return self.rule.effect

    @property
    def parameters(self) -> Mapping[str, Any]:
        """See `Fault`."""
        return self.rule.parameters

    @property
    def matched(self) -> frozenset[str]:
        """See `Fault`."""
        return frozenset(self.rule.match.given)

    @property
    def counts(self) -> bool:
        """See `Fault`."""
        return self.rule.after > 0 or self.rule.every > 1

    @property
    def certain(self) -> bool:
        """See `Fault`."""
        rule = self.rule
        return not self.counts and rule.times is None and rule.probability == 1

    def meets(self, **facts: str | None) -> bool:
        """See `Fault`."""
        return self.ended is None and self.rule.match.may_hold(facts)

    def strikes(self, **facts: str | None) -> bool:
        """See `Fault`."""
        return self.strike(Event.of(facts)) is not None

    def strikes_at(self, place: str, **facts: str | None) -> Strike | None:
        """See `Fault`."""
        return self.strike(Event.of(facts, place))

    # What more there is to know.

    def strike(self, event: Happening) -> Strike | None:
        """Decide on an event: the strike, or `None` if it is not meant or let go by."""
        return self.decide(event) if self.rule.match.holds(event) else None

    def decide(self, event: Happening) -> Strike | None:
        """Decide on an event that the rule is meant for.

        Each message comes through here that a rule matches: nothing is called without need.
        """
        if self.ended is not None:
            return None
        sender = event.sender
        key = event.stream if sender is None else (event.vhost or "", sender)
        decided = self._streams.get(key)
        if decided is None:
            decided = self._begun(key)
        rule, struck = self.rule, decided.struck
        turn = self._looked - rule.after
        self._looked += 1
        probability = rule.probability
        hit = False
        if probability and turn >= 0 and turn % rule.every == 0:
            ordinal = decided.forgotten + len(struck) + 1
            hit = probability == 1 or self.chance(key, ordinal, "") < probability
        struck.append(hit)
        if len(struck) > 2 * _KEPT:
            decided.forget()
        return self._made(event, ordinal) if hit else None

    def _begun(self, key: _Stream) -> _Decided:
        """A stream begins; connections come and go: of very many the oldest are forgotten."""
        if len(self._streams) >= _MOST_STREAMS:
            del self._streams[next(iter(self._streams))]
        decided = self._streams[key] = _Decided()
        return decided

    def chance(self, stream: _Stream, ordinal: int, purpose: str) -> float:
        """A number from 0 up to, not including, 1, the same for the same seed and arguments."""
        return draw(self._seed, self.rule.number, stream, ordinal, purpose)

    def decisions(self) -> Iterator[dict[str, Any]]:
        """The decisions kept, stream by stream in the order of their names, each in turn."""
        for (vhost, sender), decided in sorted(self._streams.items()):
            for ordinal, struck in enumerate(decided.struck, decided.forgotten + 1):
                yield {
                    "rule": self.rule.label,
                    "vhost": vhost,
                    "sender": sender,
                    "message": ordinal,
                    "draw": self.chance((vhost, sender), ordinal, ""),
                    "struck": bool(struck),
                }

    def _made(self, event: Happening, ordinal: int) -> Strike:
        self.strikes_made += 1
        last = self.strikes_made == self.rule.times
        if last:
            self.ended = "times"
        strike = Strike(self, event, ordinal, self.strikes_made, last)
        self._tell(strike)
        return strike
