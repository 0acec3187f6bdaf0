"""A rule in force: how often it looked and struck, and each decision for the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hubemu.faults.draws import draw
from hubemu.faults.matching import Happening, KnownHappening
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
    """The decisions of one stream: whether each event was struck; draws can be made again.

    Those let go are only counted (`passed`) until one is struck, or somebody reads.
    """

    __slots__ = ("_forgotten", "_written", "passed")

    def __init__(self) -> None:
        self._written = bytearray()
        self._forgotten = 0
        self.passed = 0

    def copy(self) -> _Decided:
        """The same, of its own from now on."""
        other = _Decided()
        other._written, other._forgotten = self._written.copy(), self._forgotten
        other.passed = self.passed
        return other

    @property
    def next(self) -> int:
        """The ordinal of the next event."""
        return self._forgotten + len(self._written) + self.passed + 1

    def strike(self) -> None:
        """The next event is struck."""
        self.write()
        self._written.append(True)

    def write(self) -> None:
        """Write down those let go; of very many the oldest decisions go."""
        beyond = len(self._written) + self.passed - 2 * _KEPT
        forgotten = -(-beyond // _KEPT) * _KEPT if beyond > 0 else 0
        unwritten = max(forgotten - len(self._written), 0)
        del self._written[:forgotten]
        self._written += bytes(self.passed - unwritten)
        self._forgotten += forgotten
        self.passed = 0

    def kept(self) -> Iterator[tuple[int, bool]]:
        """The decisions kept, each with its ordinal."""
        self.write()
        return enumerate(map(bool, self._written), self._forgotten + 1)


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
        self._never = rule.probability == 0

    def copy(self) -> RuleInForce:
        """The same rule with the same counts, of its own from now on."""
        other = RuleInForce(self.rule, self._seed, self._tell)
        other.ended, other.strikes_made, other._looked = self.ended, self.strikes_made, self._looked
        other._streams = {stream: one.copy() for stream, one in self._streams.items()}
        return other

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
        return self.strike(KnownHappening.of(facts)) is not None

    def strikes_at(self, place: str, **facts: str | None) -> Strike | None:
        """See `Fault`."""
        return self.strike(KnownHappening.of(facts, place))

    # What more there is to know.

    def strike(self, event: Happening) -> Strike | None:
        """Decide on an event: the strike, or `None` if it is not meant or let go by."""
        return self.decide(event) if self.rule.match.holds(event) else None

    def decide(self, event: Happening) -> Strike | None:
        """Decide on an event that the rule is meant for."""
        ordinal = self.look(event.stream)
        return self.struck(event, ordinal) if ordinal else None

    def look(self, stream: _Stream) -> int:
        """Decide on the next event of a stream, for which the rule is meant.

        Each message comes through here that a rule matches: nothing is called without need.

        Returns:
            The ordinal of the event if it is struck, which must be told by `struck`; or 0.
        """
        if self.ended is not None:
            return 0
        decided = self._streams.get(stream)
        if decided is None:
            decided = self._begun(stream)
        if not self._never and self._turn_of(decided, stream):
            ordinal = decided.next
            decided.strike()
            return ordinal
        decided.passed += 1
        return 0

    def _turn_of(self, decided: _Decided, stream: _Stream) -> bool:
        """Whether the next event of a stream is struck."""
        rule = self.rule
        turn = self._looked - rule.after
        self._looked += 1
        if turn < 0 or turn % rule.every:
            return False
        return rule.probability == 1 or self.chance(stream, decided.next, "") < rule.probability

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
            for ordinal, struck in decided.kept():
                yield {
                    "rule": self.rule.label,
                    "vhost": vhost,
                    "sender": sender,
                    "message": ordinal,
                    "draw": self.chance((vhost, sender), ordinal, ""),
                    "struck": struck,
                }

    def struck(self, event: Happening, ordinal: int) -> Strike:
        """The strike at an event that `look` has decided on."""
        self.strikes_made += 1
        last = self.strikes_made == self.rule.times
        if last:
            self.ended = "times"
        strike = Strike(self, event, ordinal, self.strikes_made, last)
        self._tell(strike)
        return strike
