"""The families `dispatch` and `converter`: what rules do to messages in the dispatcher.

A message is asked about at three points: when it was judged (it may be held, or end there), when it
is known what will be sent for it, and before its error report. A rule decides on a message once, at
the point of its effect; one that is held goes on with the next rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hubemu.broker.wire.text import SHORT_STRING_LIMIT
from hubemu.clock import Clock
from hubemu.dispatcher import VHostContext
from hubemu.dispatcher.converter import Converter
from hubemu.dispatcher.decision import ConversionNeeded, Ruling
from hubemu.dispatcher.delivery import Delivery
from hubemu.dispatcher.interposing import INTERPOSED, Holdable, ReportOn
from hubemu.engines import Dispatching
from hubemu.faults.dispatch.conversions import FaultyConverter
from hubemu.faults.dispatch.facts import Meant, event_of, meant_by, reported_event
from hubemu.faults.dispatch.holding import Holding
from hubemu.faults.dispatch.rulings import DECIDING, FORWARDED, JUDGED, Judged, mark
from hubemu.faults.fault import Fault
from hubemu.faults.in_force import RuleInForce, Strike
from hubemu.suggestions import did_you_mean

__all__ = ["DispatchEffects"]

_LOSE_REPORT = "lose-report"


@dataclass(slots=True, eq=False)
class _Case:
    """A message that was struck when it was judged: what is still to be done, and what was."""

    left: list[Strike]
    marks: list[tuple[str, Strike]]


class DispatchEffects:
    """Rules of the dispatcher; a `Family` and a `MessageInterposer`.

    Args:
        contexts: of the vHosts.
        clock: tells the time of the steps.
        converter: the conversion service, if there is one.
        note: adds a step to the trace of a message in the journal: id, step, detail.
    """

    def __init__(
        self,
        contexts: Mapping[str, VHostContext],
        clock: Clock,
        converter: Converter | None,
        note: Callable[[str, str, str], None],
    ) -> None:
        self._contexts = contexts
        self._now = clock.now
        self._note = note
        self._dispatching: Dispatching | None = None
        self._in_force = 0
        self.converter = FaultyConverter(converter)
        self._deciding: tuple[tuple[Meant, RuleInForce], ...] = ()
        self._forwarding: tuple[tuple[Meant, RuleInForce], ...] = ()
        self._losing: tuple[RuleInForce, ...] = ()
        self._holdings: dict[RuleInForce, Holding] = {}
        self._cases: dict[Holdable, _Case] = {}

    async def act_on(self, dispatching: Dispatching | None) -> None:
        """Whose messages they are from now on; `None`: the Hub stops, and nobody's."""
        self._dispatching = dispatching
        if dispatching is not None and self._in_force:
            await dispatching.work_alone(True)

    # As `Family` says.

    def why_not(self, fault: Fault) -> str | None:
        """See `Family`."""
        given = fault.parameters
        if fault.effect == "content-type" and len(given["value"].encode()) > SHORT_STRING_LIMIT:
            return f"AMQP holds a content type of {SHORT_STRING_LIMIT} octets of UTF-8 at most"
        other = given.get("to")
        if fault.effect == "misroute" and not self._has_queues(other):
            return f"no client is called {other!r}: {self._meant(other)}it has no queues here"
        return None

    async def begin(self, fault: Fault) -> None:
        """See `Family`."""
        assert isinstance(fault, RuleInForce)  # noqa: S101 - the book gives no others
        self._in_force += 1
        if self._dispatching is not None:
            await self._dispatching.work_alone(True)
        self._put_in_force(fault)

    def _put_in_force(self, fault: RuleInForce) -> None:
        if fault.where == "converter":
            self.converter.begin(fault)
            return
        if fault.effect in ("delay", "pause", "reorder"):
            self._holdings[fault] = Holding(fault, self._go_on)
        if fault.effect in DECIDING:
            self._deciding += ((meant_by(fault.rule.match), fault),)
        elif fault.effect == _LOSE_REPORT:
            self._losing += (fault,)
        else:
            self._forwarding += ((meant_by(fault.rule.match), fault),)

    async def end(self, fault: Fault) -> None:
        """See `Family`."""
        self._take_away(fault)
        self._in_force -= 1
        if self._dispatching is not None and not self._in_force:
            await self._dispatching.work_alone(False)

    def _take_away(self, fault: Fault) -> None:
        if fault.where == "converter":
            self.converter.end(fault)
            return
        self._deciding = tuple(one for one in self._deciding if one[1] is not fault)
        self._forwarding = tuple(one for one in self._forwarding if one[1] is not fault)
        self._losing = tuple(one for one in self._losing if one is not fault)
        for one, holding in tuple(self._holdings.items()):
            if one is fault:
                holding.end()
                del self._holdings[one]

    # As `MessageInterposer` says.

    def judged(
        self, message: Holdable, verdict: Judged, context: VHostContext
    ) -> Ruling | ConversionNeeded | None:
        """See `MessageInterposer`."""
        case = self._cases.pop(message, None) if self._cases else None
        if case is None:
            strikes: list[Strike] = []
            if self._deciding:
                # Each message comes here while there are rules: only one struck is an event.
                delivery, envelope = message.delivery, verdict.subject.envelope
                stream = delivery.vhost, delivery.routing_key
                for meant, fault in self._deciding:
                    if meant(delivery, envelope) and (ordinal := fault.look(stream)):
                        strikes.append(fault.struck(event_of(delivery, envelope), ordinal))
            if not strikes:
                return self._expecting(message, verdict) if self.converter.struck else verdict
            case = _Case(strikes, [])
        for told, strike in case.marks:
            mark(verdict, self._now, told, strike)
        while case.left:
            strike = case.left.pop(0)
            if (effect := JUDGED.get(strike.fault.effect)) is not None:
                return effect(verdict, strike, self._now)
            if (holding := self._holdings.get(strike.fault)) is not None:
                case.marks.append(("held", strike))
                self._cases[message] = case
                mark(verdict, self._now, holding.hold(message, strike), strike)
                return None
        return self._expecting(message, verdict)

    def ruled(self, delivery: Delivery, ruling: Ruling, context: VHostContext) -> Ruling:
        """See `MessageInterposer`."""
        if not self._forwarding or ruling.outcome != "routed":
            return ruling
        envelope = ruling.subject.envelope
        stream = delivery.vhost, delivery.routing_key
        for meant, fault in self._forwarding:
            if ruling.outcome != "routed":
                break
            if meant(delivery, envelope) and (ordinal := fault.look(stream)):
                strike = fault.struck(event_of(delivery, envelope), ordinal)
                ruling = FORWARDED[fault.effect](ruling, strike, self._now)
        return ruling

    def loses_report(
        self, delivery: Delivery, sender: str, about: ReportOn, context: VHostContext
    ) -> bool:
        """See `MessageInterposer`."""
        if not self._losing:
            return False
        event = reported_event(delivery, sender, about)
        strikes = [one for fault in self._losing if (one := fault.strike(event)) is not None]
        for strike in strikes:
            label = strike.fault.rule.label
            self._note(delivery.id, INTERPOSED, f"error report lost by fault {label}")
        return bool(strikes)

    # Own affairs.

    def _expecting(self, message: Holdable, verdict: Judged) -> Judged:
        if self.converter.struck and isinstance(verdict, ConversionNeeded):
            event = event_of(message.delivery, verdict.subject.envelope)
            self.converter.expect(verdict, event, self._now)
        return verdict

    def _go_on(self, message: Holdable, told: str) -> None:
        case = self._cases.get(message)
        if case is not None:
            case.marks[-1] = (told, case.marks[-1][1])
        if not message.go_on():
            self._cases.pop(message, None)

    def _has_queues(self, client: object) -> bool:
        return any(client in one.queue_owners for one in self._contexts.values())

    def _meant(self, client: object) -> str:
        owners = {one for context in self._contexts.values() for one in context.queue_owners}
        return did_you_mean(str(client), sorted(owners))
