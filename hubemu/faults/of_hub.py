"""The faults of one Hub: its rules, who carries them out, and what is told of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from hubemu.broker.protocol.refused import Refused
from hubemu.clock import Clock
from hubemu.dispatcher import VHostContext
from hubemu.dispatcher.converter import Converter
from hubemu.engines import Engine
from hubemu.errors import HubemuError, InputError
from hubemu.events import EventLog
from hubemu.faults.account import MessageAccount, unused_rules
from hubemu.faults.book import FaultRefused, RuleBook
from hubemu.faults.deadlines import RuleTimer
from hubemu.faults.dispatch.effects import DispatchEffects
from hubemu.faults.families import EngineFaults, FaultParts, install_on
from hubemu.faults.in_force import Strike
from hubemu.faults.rule import WantedRule
from hubemu.journal import Entry, Outcome
from hubemu.journal.journal import Journal
from hubemu.pki import Pki
from hubemu.settings import Settings
from hubemu.supervision import Supervision
from hubemu.topology import DISPATCH, Topology

__all__ = ["HubFaults"]

_LOG = logging.getLogger(__name__)
_OF_MESSAGES: Final = ("dispatch", "converter")
"""The families that the dispatcher carries out."""


class HubFaults:
    """What a Hub has to do with faults: `book` has its rules.

    Args:
        settings: with the seed, and the file of rules that are in force from the start.
        clock: the Hub's time.
        events: are told of strikes.
        supervision: keeps alive what must not end.

    Raises:
        InputError: the file cannot be used.
    """

    def __init__(
        self, settings: Settings, clock: Clock, events: EventLog, supervision: Supervision
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._events = events
        self._supervision = supervision
        self._wanted = _rules_of(settings.faults)
        self._account = MessageAccount()
        self.book = RuleBook(clock, settings.seed, self._struck)
        self._timer = RuleTimer(self.book, clock, supervision)
        self._of_engine: EngineFaults | None = None
        self._effects: DispatchEffects | None = None

    async def on_messages(
        self,
        contexts: Mapping[str, VHostContext],
        converter: Converter | None,
        journal: Journal,
    ) -> DispatchEffects:
        """Who carries out the rules of messages, those of the file in force already.

        Raises:
            InputError: a rule of the file is nothing for this Hub.
        """
        effects = DispatchEffects(
            contexts,
            self._clock,
            converter,
            journal.note,
        )
        self._effects = effects
        self.book.install(_OF_MESSAGES, effects)
        for rule in self._wanted:
            if rule.where in _OF_MESSAGES:
                await self._add(rule)
        return effects

    async def on_engine(
        self, engine: Engine, topology: Topology, pki: Pki, messages: DispatchEffects
    ) -> None:
        """Have the other rules carried out on an engine that is started and consumed.

        Raises:
            InputError: a rule of the file is nothing for this Hub.
            StartError: RabbitMQ does not let it be.
        """
        parts = FaultParts(
            topology=topology,
            dispatch=messages,
            pki=pki,
            clock=self._clock,
            supervision=self._supervision,
        )
        self._of_engine = await install_on(engine, self.book, parts)
        self._timer.start()
        for rule in self._wanted:
            if rule.where not in _OF_MESSAGES:
                await self._add(rule)

    async def follow(self) -> None:
        """Other clients or vHosts are there: have the rules in force strike there too."""
        if self._of_engine is not None:
            await self._of_engine.follow()

    async def stop(self) -> None:
        """End all rules, whether the broker still does as it is told or not."""
        await self._timer.stop()
        if self._effects is not None:
            await self._effects.act_on(None)
        try:
            await self.book.clear()
        except HubemuError as error:
            _LOG.warning("fault rules could not be ended: %s", error)

    def clear_report(self) -> None:
        """Count messages anew."""
        self._account.clear()

    def report_so_far(self) -> MessageAccount:
        """The counts of messages, of their own from now on."""
        return self._account.copy()

    def go_on_from(self, account: MessageAccount) -> None:
        """Count messages on from what was counted by then."""
        self._account = account.copy()

    def told(self, entry: Entry, outcome: Outcome) -> None:
        """A message came to an outcome (see `Journal`)."""
        self._account.told(entry, outcome)

    def behind(self, refused: Refused) -> str | None:
        """The rule by which the broker refused something, as people call it; `None`: none did."""
        return self._label(self._of_engine.behind(refused) if self._of_engine else None)

    def shown(self) -> str | None:
        """The rule by which the Hub shows a bad certificate; `None`: it shows its own."""
        return self._label(self._of_engine.shown() if self._of_engine else None)

    def _label(self, rule_id: str | None) -> str | None:
        return None if rule_id is None else self.book.label(rule_id)

    def with_strikes(self, connection: Mapping[str, Any]) -> dict[str, Any]:
        """A connection as the control API shows it, with the rules that have struck it."""
        struck = self._of_engine.struck(connection["peer"]) if self._of_engine else []
        return {**connection, "faults": [self.book.label(rule_id) for rule_id in struck]}

    def report(
        self, engine: Engine, vhosts: Mapping[str, Any], judged: Journal, in_flight: int
    ) -> dict[str, Any]:
        """What became of all messages since the start or the last reset.

        Args:
            engine: tells what waits in `dispatch`.
            vhosts: their names.
            judged: the journal of the messages.
            in_flight: deliveries that the dispatcher has and has not settled.
        """
        depths = (engine.depths(vhost).get(DISPATCH) for vhost in vhosts)
        ready = sum(depth.ready for depth in depths if depth is not None)
        return {
            **self._account.report(judged.taken, ready=ready, in_flight=in_flight),
            "unused": unused_rules(self.book.listed()),
            **self.book.build(),
        }

    async def _add(self, rule: WantedRule) -> None:
        try:
            await self.book.add(rule)
        except FaultRefused as refused:
            raise InputError(f"--faults {self._settings.faults}", str(refused)) from None

    def _struck(self, strike: Strike) -> None:
        self._account.struck(strike)
        # A line in slices is struck a thousand times a second: of those, powers of ten are told.
        if strike.fault.where != "network" or f"{strike.number}".strip("0") == "1":
            self._events.tell("fault", strike.to_json())


def _rules_of(named: str | None) -> tuple[WantedRule, ...]:
    """The rules of a file (InputError: it cannot be used)."""
    if named is None:
        return ()
    from hubemu.faults.files import read_rules, rules_file  # with pydantic: not to start

    return read_rules(rules_file(named))
