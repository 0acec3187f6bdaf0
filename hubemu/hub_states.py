"""The state of a Hub as a whole: that of its start, and any that was taken down.

1. What may fail is done first: if it does, tables, step and faults are as they were, and no message
   was touched.
2. All that clients and readers see of messages then changes in one step, between two turns of the
   loop.
3. Connections and consumers of clients stay, as at a reset; so do what is trusted and revoked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubemu.clock import Clock
from hubemu.conversion import ConversionService
from hubemu.errors import HubemuError
from hubemu.events import EventLog
from hubemu.faults.of_hub import HubFaults
from hubemu.hub_parts import HubParts
from hubemu.hub_routing import HubRouting
from hubemu.hub_steps import StepTaken
from hubemu.journal.journal import Journal
from hubemu.routing import RoutingTables, TablesInForce
from hubemu.settings import ListState, Settings

if TYPE_CHECKING:
    from hubemu.broker.core.contents import BrokerContents
    from hubemu.conversion.service import RememberedConversions
    from hubemu.dispatcher.tracing.tracing import Tracing
    from hubemu.faults.account import MessageAccount
    from hubemu.faults.book import BookContents
    from hubemu.journal.contents import JournalContents

__all__ = ["HubState", "HubStates", "StateParts", "Surroundings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateParts:
    """What has a part in the state of a Hub."""

    settings: Settings
    parts: HubParts
    tables: TablesInForce
    routing: HubRouting
    faults: HubFaults
    clock: Clock
    journal: Journal
    conversions: ConversionService
    events: EventLog
    tracing: Tracing | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a Hub is like, whatever messages it has."""

    tables: RoutingTables
    step: StepTaken
    rules: BookContents


@dataclass(frozen=True, slots=True, kw_only=True)
class HubState:
    """What a Hub is like and has, at an instant of its clock that was `offset` ahead then."""

    at: float
    offset: float
    around: Surroundings
    lists: Mapping[str, ListState]
    schedule: tuple[float, int]
    queues: BrokerContents
    journal: JournalContents
    account: MessageAccount
    conversions: RememberedConversions


class HubStates:
    """Brings a Hub to a state, or takes it down; one after the other."""

    def __init__(self, parts: StateParts) -> None:
        self._parts = parts

    async def reset(self) -> None:
        """Be as at start, without messages."""
        own, parts = self._parts, self._parts.parts
        async with own.routing.held():
            await own.faults.book.clear()
            await own.routing.return_to_start()
            await parts.dispatcher.rest()
            await parts.engine.purge()
            own.clock.reset()
            parts.certificates.reset()
            await parts.steps.set_phase(own.settings.phase)
            parts.schedule.start()
            own.journal.clear()
            self._end_spans("the Hub was reset")
            own.conversions.forget()
            own.faults.clear_report()
            parts.dispatcher.start()
            await parts.engine.consumed()
        own.events.tell("reset", {})

    async def take(self) -> HubState:
        """The state as it is when this returns.

        Raises:
            CheckFailed: the engine's messages cannot be put back.
        """
        from hubemu.engines.queue_keeper import keeper_of  # with the engine that has one

        own, parts = self._parts, self._parts.parts
        keeper = keeper_of(parts.engine)
        async with own.routing.held():
            queues = await keeper.contents()
            return HubState(
                at=own.clock.now(),
                offset=own.clock.offset,
                around=self._surroundings(),
                lists=parts.certificates.states(),
                schedule=parts.schedule.gone(),
                queues=queues,
                journal=own.journal.contents(),
                account=own.faults.report_so_far(),
                conversions=own.conversions.contents(),
            )

    async def put_back(self, state: HubState) -> None:
        """Be in that state, wholly, or (if it raises) as before.

        Raises:
            CheckFailed: something of it cannot be had any more.
            StartError: the broker, or the disk, does not take it.
        """
        from hubemu.engines.queue_keeper import keeper_of

        own, parts = self._parts, self._parts.parts
        keeper = keeper_of(parts.engine)
        async with own.routing.held():
            before = self._surroundings()
            await parts.dispatcher.rest()
            try:
                await self._go_to(state.around)
                keeper.check(state.queues)
            except BaseException:
                with contextlib.suppress(HubemuError):  # the first trouble is the one to tell
                    await self._go_to(before)
                own.faults.book.go_on(before.rules)
                parts.dispatcher.start()
                raise
            try:
                await keeper.empty()
            finally:  # given up or not: from here on the way back is the longer one
                self._fill(state)
                keeper.put_back(state.queues, own.clock.now() - state.at)
                parts.dispatcher.start()
        await keeper.safe()

    def _surroundings(self) -> Surroundings:
        own = self._parts
        return Surroundings(own.tables.now, own.parts.steps.where(), own.faults.book.contents())

    async def _go_to(self, wanted: Surroundings) -> None:
        """What may fail, and can be taken back."""
        own = self._parts
        await own.routing.put_back(wanted.tables)
        await own.parts.steps.put_back(wanted.step)
        await own.faults.book.put_back(wanted.rules)

    def _fill(self, state: HubState) -> None:
        """All but the queues, at once."""
        own, parts = self._parts, self._parts.parts
        own.clock.return_to(state.at, state.offset)
        own.faults.book.go_on(state.around.rules)
        own.faults.go_on_from(state.account)
        parts.certificates.put_back(state.lists)
        parts.schedule.go_on(*state.schedule)
        own.journal.put_back(state.journal, own.clock.now() - state.at)
        own.conversions.put_back(state.conversions)
        self._end_spans("the Hub was brought back to a snapshot")

    def _end_spans(self, why: str) -> None:
        if (tracing := self._parts.tracing) is not None:
            tracing.queues.end_all(why)
