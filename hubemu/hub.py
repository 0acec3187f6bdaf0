"""The Hub: routing tables, certificates, broker, dispatcher and journal put together.

1. Nothing is announced before it works: `announce` is called last, and only then is a Hub ready.
2. `reset` brings back the state at start, whatever was done since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from hubemu.conversion import ConversionService
from hubemu.description import directory_of
from hubemu.dispatcher import Metrics, VHostContext
from hubemu.dispatcher.conversion_service import converter_of
from hubemu.dispatcher.tracing.loading import tracing_to
from hubemu.engines import DispatcherParts, Dispatching, Engine, EngineParts, make_engine, preload
from hubemu.engines.certificates import HubCertificates
from hubemu.engines.phase_schedule import PhaseSchedule
from hubemu.events import ConnectionLog, EventLog
from hubemu.faults.book import RuleBook
from hubemu.faults.dispatch.effects import DispatchEffects
from hubemu.faults.of_hub import HubFaults
from hubemu.home import Home
from hubemu.hub_announcement import Announcement
from hubemu.hub_certificates import CertificateMaker, to_its_end
from hubemu.hub_parts import HubParts
from hubemu.hub_reports import HubReports
from hubemu.hub_routing import HubRouting, RoutingParts
from hubemu.hub_snapshots import HubSnapshots
from hubemu.hub_states import HubStates, StateParts
from hubemu.hub_steps import HubSteps, StepParts
from hubemu.hub_tables import HubTables
from hubemu.hub_time import advance, clock_of
from hubemu.journal import Entry, Outcome
from hubemu.journal.journal import Journal
from hubemu.keys.rsa import new_key
from hubemu.pki import NewKey, Pki
from hubemu.properties import Properties
from hubemu.routing import RoutingTables
from hubemu.seeded_ids import SeededIds
from hubemu.settings import EngineKind, Persistence, Settings, keeps_messages
from hubemu.supervision import Supervision

__all__ = ["Hub"]


class Hub:
    """One Hub, from its settings to its end: `start`, `announce`, then `stop`.

    Args:
        settings: how it is.
        new_key: gives keys for its certificates.

    Raises:
        InputError: a routing table or an option cannot be used.
    """

    def __init__(self, settings: Settings, new_key: NewKey = new_key) -> None:
        self.settings = settings
        self.clock = clock_of(settings)
        self.ids = SeededIds(settings.seed)
        """Ids of what the Hub, and the clients that it plays, write of their own."""
        self.supervision = Supervision(self.clock.now)
        self.home = Home(settings.home)
        self.warnings: list[str] = []
        self._tables = HubTables(settings, self.home, self.warnings)
        self.topology = self._tables.topology
        self.certificate_maker = CertificateMaker(
            settings, self._tables.in_force, self.home, self.clock, new_key
        )
        self.events = EventLog(self.clock, deliveries=settings.verbose)
        self.journal = Journal(self.clock, max_age=settings.journal_age, on_outcome=self._outcome)
        self.connection_log = ConnectionLog(self.events, directory_of(self.tables, self.topology))
        self.metrics = Metrics()
        self.tracing = tracing_to(settings.traces)
        """Makes traces of what happens to messages, if they are asked for."""
        seed = f"{settings.seed} conversions"
        self.conversions = ConversionService(seed=seed, now=self.clock.now)
        self._faults = HubFaults(settings, self.clock, self.events, self.supervision)
        self.connection_log.fault_behind = self._faults.behind
        self.connection_log.fault_shown = self._faults.shown
        self._announcement = Announcement(self.home, settings)
        self._parts = HubParts()
        self.reports = HubReports(
            settings,
            self._tables.in_force,
            self._parts,
            announcement=self._announcement,
            supervision=self.supervision,
            connection_log=self.connection_log,
            faults=self._faults,
            journal=self.journal,
        )
        """What it tells of itself."""

        followers = RoutingParts(
            settings=settings,
            parts=self._parts,
            maker=self.certificate_maker,
            faults=self._faults,
            connection_log=self.connection_log,
            announcement=self._announcement,
            events=self.events,
        )
        self.routing = HubRouting(self._tables, followers)
        """Puts other routing tables in force."""
        self._states = HubStates(
            StateParts(
                settings=settings,
                parts=self._parts,
                tables=self._tables.in_force,
                routing=self.routing,
                faults=self._faults,
                clock=self.clock,
                journal=self.journal,
                conversions=self.conversions,
                events=self.events,
                tracing=self.tracing,
            )
        )
        self.snapshots = HubSnapshots(self._states, self.events)
        """States that the Hub can be brought back to."""

    @property
    def tables(self) -> RoutingTables:
        """The routing tables that are in force."""
        return self._tables.in_force.now

    @property
    def faults(self) -> RuleBook:
        """The fault rules."""
        return self._faults.book

    @property
    def engine(self) -> Engine:
        """The broker; only while the Hub is started."""
        return self._parts.engine

    @property
    def certificates(self) -> HubCertificates:
        """What is trusted, revoked and bound; only while the Hub is started.

        Raises:
            StartError: the Hub is not started yet.
        """
        return self._parts.certificates

    @property
    def pki(self) -> Pki:
        """The certificates of its home; only while the Hub is started."""
        return self._parts.pki

    @property
    def steps(self) -> HubSteps:
        """The step of a change of certificates that it is in; only while the Hub is started."""
        return self._parts.steps

    @property
    def dispatcher(self) -> Dispatching:
        """The dispatcher; only while the Hub is started."""
        return self._parts.dispatcher

    async def start(self, bind: Callable[[int], int] | None = None) -> None:
        """Claim the home, make what is missing in it, start broker and dispatcher.

        `bind` takes the port of the control API, which certificates name: the one given if it may
        be any and that is free.

        Raises:
            InputError: the home is damaged or another environment's, or a release is not there.
            StartError: a Hub is up in this home, the port is taken, or the broker cannot be had.
        """
        self.home.claim(self.settings.environment)
        try:
            if keeps_messages(self.settings):
                self.ids.life = self.home.next_life()
                self.conversions.seed += f" {self.ids.life}"
            base = self.certificate_maker.base(bind) if bind is not None else None
            pki = self.certificate_maker.begin(base)
            try:
                self._tables.read_models()
                preload(self.settings.engine)
            finally:
                certificates = await to_its_end(pki)
            await self._start_parts(certificates, self._tables.contexts)
        except BaseException:
            await self.stop()
            raise

    async def _start_parts(self, pki: Pki, contexts: Mapping[str, VHostContext]) -> None:
        engine = self._make_engine(pki)
        await engine.start(self.settings.host, self.settings.port, self.settings.phase)
        faults = await self._start_dispatcher(engine, contexts)
        await engine.consumed()
        await self._faults.on_engine(engine, self.topology, pki, faults)
        self._parts.schedule.start()

    def _make_engine(self, pki: Pki) -> Engine:
        """The broker, not started yet, and what acts on its certificates."""
        settings, parts = self.settings, self._parts
        engine = make_engine(
            settings,
            EngineParts(
                topology=self.topology,
                pki=pki,
                clock=self.clock,
                journal=self.journal,
                connection_log=self.connection_log,
                folder=self.home.path / "rabbitmq",
                supervision=self.supervision,
                state=self.home.state if settings.state is Persistence.DISK else None,
            ),
        )
        parts.made_engine, parts.made_pki = engine, pki
        certificates = HubCertificates(
            pki,
            engine,
            self.clock,
            self.events,
            self._tables.in_force,
            self.routing.follow_bindings,
        )
        parts.made_certificates = certificates
        told = self._announcement, self.events, self.clock, self.advance
        step_parts = StepParts(engine, pki, certificates, self.certificate_maker, *told)
        steps = parts.made_steps = HubSteps(step_parts, settings.phase)
        parts.made_schedule = PhaseSchedule(
            settings.phase_at, steps.set_phase, self.clock, self.supervision
        )
        return engine

    async def _start_dispatcher(
        self, engine: Engine, contexts: Mapping[str, VHostContext]
    ) -> DispatchEffects:
        """Have the dispatcher consume; what its fault rules act on."""
        converter = converter_of(self.settings.converter, self.conversions, contexts)
        faults = await self._faults.on_messages(contexts, converter, self.journal)
        dispatcher = self._parts.made_dispatcher = engine.dispatcher(
            DispatcherParts(
                contexts=contexts,
                journal=self.journal,
                metrics=self.metrics,
                clock=self.clock,
                converter=faults.converter,
                tables=self._tables.in_force,
                settings=self.settings,
                unique=lambda vhost: str(self.ids.next(f"error reports on {vhost}")),
                interposer=faults,
                tracing=self.tracing,
            )
        )
        await faults.act_on(dispatcher)
        dispatcher.start()
        return faults

    async def stop(self) -> None:
        """Stop everything that was started and release the home; safe to call twice."""
        self._announcement.withdraw()
        if self._parts.made_schedule is not None:
            await self._parts.made_schedule.stop()
        await self._faults.stop()
        await self._parts.stop()
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)
        self.home.release()

    def announce(self, http: str) -> dict[str, Any]:
        """Write `endpoints.json`, with the URL of the control API: from now on the Hub is ready."""
        return self._announcement.make(self.engine, self.topology.vhosts, http)

    def endpoints(self) -> dict[str, Any]:
        """What `endpoints.json` says.

        Raises:
            StartError: it is not written yet.
        """
        return self._announcement.said()

    def _outcome(self, entry: Entry, outcome: Outcome) -> None:
        self._faults.told(entry, outcome)
        self.events.message(entry, outcome)
        if self.tracing is not None and self.settings.engine is EngineKind.EMBEDDED:
            self.tracing.queues.told(entry, outcome)

    async def publish_as(self, client: str, vhost: str, body: bytes, properties: Properties) -> str:
        """Publish to the Hub as a client would; the id that the message has in the journal.

        Raises:
            PublishRefused: a client would get a channel error for it.
            StartError: the broker does not take it.
        """
        token = self.journal.new_id()
        await self.engine.publish(client, vhost, body, properties, token)
        return token

    def advance(self, seconds: float) -> None:
        """Move the Hub's clock forward; what has expired is gone for clients when this returns.

        Where that is much, its dead letters come in the turns after (`Engine.settled`).

        Raises:
            CheckFailed: the broker's own clock cannot be moved.
        """
        advance(self.engine, self.clock, self.events, seconds)

    async def reset(self) -> None:
        """Purge every queue, clear the faults, forget the journal; clients and vHosts, clock and
        phase are as at start."""
        await self._states.reset()
