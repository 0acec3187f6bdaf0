"""The Hub: routing tables, certificates, broker, dispatcher and journal put together.

1. Nothing is announced before it works: `announce` is called last, and only then is a Hub ready.
2. `reset` brings back the state at start, whatever was done since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from hubemu.clock import Clock
from hubemu.conversion import ConversionService
from hubemu.description import describe_clients, describe_vhost, directory_of
from hubemu.dispatcher import Metrics, VHostContext, contexts_of, converter_of
from hubemu.dispatcher.tracing.asked import tracing_to
from hubemu.engines import DispatcherParts, Dispatching, Engine, EngineParts, make_engine
from hubemu.engines.certificates import HubCertificates
from hubemu.engines.phase_schedule import PhaseSchedule
from hubemu.errors import CheckFailed, StartError
from hubemu.events import ConnectionLog, EventLog
from hubemu.faults.book import RuleBook
from hubemu.faults.of_hub import HubFaults
from hubemu.home import Home
from hubemu.hub_announcement import Announcement
from hubemu.hub_certificates import CertificateMaker
from hubemu.hub_condition import components, missing
from hubemu.hub_steps import HubSteps, StepParts
from hubemu.journal import Entry, Journal, Outcome, utc_text
from hubemu.keys.rsa import new_key
from hubemu.pki import Additions, NewKey, Pki
from hubemu.properties import Properties
from hubemu.routing import load_routing
from hubemu.settings import EngineKind, Persistence, Settings
from hubemu.supervision import Supervision
from hubemu.topology import build_topology

__all__ = ["Hub"]

_Part = TypeVar("_Part")


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
        self.clock = Clock()
        self.supervision = Supervision(self.clock.now)
        self.home = Home(settings.home)
        self.warnings: list[str] = []
        tables = load_routing(settings.routing, warn=self.warnings)
        self.tables = tables.with_models(settings.models)
        self.topology = build_topology(
            self.tables,
            settings.environment,
            settings.ttl,
            Additions(self.home.certs).bindings(),
            queue_type=settings.queue_type,
        )
        self._maker = CertificateMaker(settings, self.tables, self.home, self.clock, new_key)
        self.events = EventLog(self.clock, deliveries=settings.verbose)
        self.journal = Journal(self.clock, on_outcome=self._outcome)
        self.connection_log = ConnectionLog(self.events, directory_of(self.tables, self.topology))
        self.metrics = Metrics()
        self.tracing = tracing_to(settings.traces)
        """Makes traces of what happens to messages, if they are asked for."""
        self.conversions = ConversionService(
            seed=f"{settings.seed} conversions", now=self.clock.now
        )
        self._faults = HubFaults(settings, self.clock, self.events, self.supervision)
        self.connection_log.fault_behind = self._faults.behind
        self.connection_log.fault_shown = self._faults.shown
        self._schedule: PhaseSchedule | None = None
        self._announcement = Announcement(self.home, settings)
        self._pki: Pki | None = None
        self._steps: HubSteps | None = None
        self._engine: Engine | None = None
        self._certificates: HubCertificates | None = None
        self._dispatcher: Dispatching | None = None

    @property
    def faults(self) -> RuleBook:
        """The fault rules."""
        return self._faults.book

    @property
    def engine(self) -> Engine:
        """The broker; only while the Hub is started."""
        return _started(self._engine)

    @property
    def certificates(self) -> HubCertificates:
        """What is trusted, revoked and bound; only while the Hub is started.

        Raises:
            StartError: the Hub is not started yet.
        """
        if self._certificates is None:
            raise StartError("the Hub is still starting: wait until GET /ready answers 200")
        return self._certificates

    @property
    def pki(self) -> Pki:
        """The certificates of its home; only while the Hub is started."""
        return _started(self._pki)

    @property
    def steps(self) -> HubSteps:
        """The step of a change of certificates that it is in; only while the Hub is started."""
        return _started(self._steps)

    @property
    def dispatcher(self) -> Dispatching:
        """The dispatcher; only while the Hub is started."""
        return _started(self._dispatcher)

    async def start(self, bind: Callable[[int], int] | None = None) -> None:
        """Claim the home, make what is missing in it, start broker and dispatcher.

        `bind` takes the port of the control API, which certificates name: the one given if it may
        be any and that is free.

        Raises:
            InputError: the home is damaged or belongs to another environment.
            StartError: a Hub is up in this home, the port is taken, or the broker cannot be had.
        """
        self.home.claim(self.settings.environment)
        try:
            base = self._maker.base(bind) if bind is not None else None
            pki = asyncio.create_task(asyncio.to_thread(self._maker.make, base))
            try:
                contexts = contexts_of(self.tables, self.settings)
            finally:
                certificates = await pki
            await self._start_parts(certificates, contexts)
        except BaseException:
            await self.stop()
            raise

    async def _start_parts(self, pki: Pki, contexts: Mapping[str, VHostContext]) -> None:
        settings = self.settings
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
        self._engine, self._pki = engine, pki
        self._certificates = HubCertificates(pki, engine, self.clock, self.events, self.tables)
        self._steps = HubSteps(self._step_parts(engine, pki, self._certificates), settings.phase)
        self._schedule = PhaseSchedule(
            settings.phase_at, self._steps.set_phase, self.clock, self.supervision
        )
        await engine.start(settings.host, settings.port, settings.phase)
        faults = await self._faults.on_messages(
            contexts, converter_of(settings.converter, self.conversions, contexts), self.journal
        )
        self._dispatcher = engine.dispatcher(
            DispatcherParts(
                contexts=contexts,
                journal=self.journal,
                metrics=self.metrics,
                clock=self.clock,
                converter=faults.converter,
                tables=self.tables,
                settings=settings,
                interposer=faults,
                tracing=self.tracing,
            )
        )
        await faults.act_on(self._dispatcher)
        self._dispatcher.start()
        await engine.consumed()
        await self._faults.on_engine(engine, self.topology, pki, faults)
        self._schedule.start()

    async def stop(self) -> None:
        """Stop everything that was started and release the home; safe to call twice."""
        self._announcement.withdraw()
        if self._schedule is not None:
            await self._schedule.stop()
        await self._faults.stop()
        if self._dispatcher is not None:
            await self._dispatcher.stop()
        if self._engine is not None:
            await self._engine.stop()
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)
        self._engine = self._dispatcher = None
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

    def ready(self) -> list[str]:
        """What is missing until the Hub is ready; empty when nothing is."""
        parts = self._engine, self._dispatcher, self.supervision
        return missing(*parts, announced=self._announcement.is_made)

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and the state of each part as the actuator shows it."""
        return not self.ready(), components(self._engine, self._dispatcher, self.supervision)

    def describe(self) -> dict[str, Any]:
        """The endpoints, with every client and every vHost (types, model, queue depths), the type
        of the clients' queues, and by how many seconds the depths may be behind."""
        vhosts = [
            describe_vhost(context, self.tables, self.engine.depths(name))
            for name, context in self.dispatcher.contexts.items()
        ]
        clients = describe_clients(self.tables, self.settings.environment)
        kind = self.settings.queue_type.value
        queues = {"queueType": kind, "countsLag": self.engine.counts_lag}
        return self.endpoints() | {"clients": clients, "vhosts": vhosts} | queues

    def connections(self) -> dict[str, Any]:
        """The open connections, the last TLS attempts and the last refusals, newest last."""
        return {
            "connections": list(map(self._faults.with_strikes, self.engine.connections())),
            "attempts": self.connection_log.attempts(),
            "refusals": self.connection_log.refusals(),
        }

    def fault_report(self) -> dict[str, Any]:
        """What became of all messages since the start or the last reset."""
        return self._faults.report(
            self.engine, self.topology.vhosts, self.journal, self.dispatcher.health()["inFlight"]
        )

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

    async def check(self) -> None:
        """Have `ready` and `health` tell what is true now."""
        if self._engine is not None:
            await self._engine.check()

    async def refresh(self) -> None:
        """Have `describe` and `connections` tell what is true now."""
        if self._engine is not None:
            await self._engine.refresh()

    def advance(self, seconds: float) -> None:
        """Move the Hub's clock forward; what has expired expires before this returns.

        Raises:
            CheckFailed: the broker's own clock cannot be moved.
        """
        if not self.engine.clock_moves:
            raise CheckFailed(
                "the clock of RabbitMQ cannot be moved: start the Hub with a short time-to-live, "
                "such as --ttl 5, and wait; or use the embedded engine"
            )
        self.clock.advance(seconds)
        self.events.tell("clock", {"advanced": seconds, "now": utc_text(self.clock.now())})

    async def reset(self) -> None:
        """Purge every queue, clear the faults, forget the journal, clock and phase as at start."""
        await self.faults.clear()
        await self.dispatcher.stop()
        await self.engine.purge()
        self.clock.reset()
        self.certificates.reset()
        await self.steps.set_phase(self.settings.phase)
        _started(self._schedule).start()
        self.journal.clear()
        if self.tracing is not None:
            self.tracing.queues.end_all("the Hub was reset")
        self.conversions.forget()
        self._faults.clear_report()
        self.dispatcher.start()
        await self.engine.consumed()
        self.events.tell("reset", {})

    def _step_parts(self, engine: Engine, pki: Pki, certificates: HubCertificates) -> StepParts:
        return StepParts(
            engine,
            pki,
            certificates,
            self._maker,
            self._announcement,
            self.events,
            self.clock,
            self.advance,
        )

    def make_pki(self, base: str | None = None) -> Pki:
        """The certificates of the home, made or completed; only while it is claimed.

        `base` is the URL they name for their revocation; `None`: as before.

        Raises:
            InputError: the home is damaged.
        """
        return self._maker.make(base)


def _started(part: _Part | None) -> _Part:
    if part is None:
        raise RuntimeError("the Hub is not started")
    return part
