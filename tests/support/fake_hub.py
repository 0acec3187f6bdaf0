"""A stand-in for a Hub under the control API: real clock, journal and tables, no broker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from prometheus_client import CollectorRegistry

from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.conversion import ConversionService
from hubemu.dispatcher import VHostContext, contexts_of
from hubemu.dispatcher.tracing.tracing import Tracing
from hubemu.engines.broker_view import BrokerView
from hubemu.events import EventLog
from hubemu.faults.book import RuleBook
from hubemu.journal import Entry
from hubemu.journal.journal import Journal
from hubemu.pki import Identity
from hubemu.properties import Properties
from hubemu.routing import load_routing
from hubemu.settings import Phase, QueueType, Settings
from hubemu.supervision import Supervision
from hubemu.topology import build_topology
from tests.support.connection_log import silent_log

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["FakeHub", "Published", "a_message"]


@dataclass(frozen=True, slots=True)
class Depth:
    """The depth of a queue."""

    ready: int = 0
    unacked: int = 0
    consumers: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """What the API asked the Hub to publish."""

    client: str
    vhost: str
    body: bytes
    properties: Properties


@dataclass(slots=True)
class FakeEngine:
    """A broker with one queue a vHost."""

    phase: Phase = Phase.IGC
    dispatch: Depth = field(default_factory=Depth)
    broker: BrokerView | None = None

    def view(self) -> BrokerView | None:
        """The broker a test put in, none otherwise: as on RabbitMQ."""
        return self.broker

    def depths(self, vhost: str) -> dict[str, Depth]:
        """`dispatch` as the test set it, and an idle client queue."""
        return {"dispatch": self.dispatch, "fr.health.samuA.info": Depth()}

    async def settled(self) -> None:
        """Nothing ever expires here."""


@dataclass(slots=True)
class FakeMetrics:
    """Metrics without any counter."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)


class FakePki:
    """The certificates of a home that has none."""

    authorities: tuple[str, ...] = ("legacy", "igc-test-organisations")

    def identities(self) -> list[Identity]:
        """None."""
        return []


class FakeDispatcher:
    """The contexts of every vHost, loaded when they are asked for."""

    def __init__(self, hub: FakeHub) -> None:
        self._hub = hub

    @property
    def contexts(self) -> dict[str, VHostContext]:
        """By name."""
        return contexts_of(self._hub.tables, self._hub.settings)


class FakeReports:
    """Tells what the test wants told."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.on_hub: Callable[[], dict[str, Any]] = dict

    def missing(self) -> list[str]:
        """What is missing."""
        return self.reasons

    def health(self) -> tuple[bool, dict[str, Any]]:
        """One component, up when nothing is missing."""
        return not self.reasons, {"broker": {"status": "DOWN" if self.reasons else "UP"}}

    def hub(self) -> dict[str, Any]:
        """Whatever the test wants."""
        return self.on_hub()

    def connections(self) -> dict[str, Any]:
        """One connection with two channels."""
        return {"connections": [{"channels": 2}], "attempts": [], "refusals": []}

    async def check(self) -> None:
        """Nothing: all is as the test set it."""

    async def refresh(self) -> None:
        """Nothing: all is as the test set it."""


class FakeHub:
    """Answers as a Hub does and keeps what it was asked for."""

    def __init__(self, *sans: str) -> None:
        self.settings = Settings(home=Path("unused"), sans=sans)
        self.clock = Clock(lambda: 1_700_000_000.0)
        self.tables = load_routing()
        self.topology = build_topology(
            self.tables, self.settings.environment, 60, queue_type=QueueType.QUORUM
        )
        self.events = EventLog(self.clock)
        self.supervision = Supervision()
        self.journal = Journal(self.clock, on_outcome=self.events.message)
        self.connection_log = silent_log()
        self.engine = FakeEngine()
        self.metrics = FakeMetrics()
        self.tracing: Tracing | None = None
        self.dispatcher = FakeDispatcher(self)
        self.pki = FakePki()
        self.steps = self
        self.current = self.engine.phase.value
        self.migration: str | None = None
        self.reports = FakeReports()
        self.faults = RuleBook(self.clock, seed=1)
        self.conversions = ConversionService(seed="1", now=self.clock.now)
        self.published: list[Published] = []

    @property
    def hub(self) -> Hub:
        """Itself, under the type the API expects."""
        return cast("Hub", self)

    def endpoints(self) -> dict[str, Any]:
        """The parts the page shows."""
        amqps = {"host": "<127.0.0.1>", "port": 5671}
        phase = self.engine.phase.value
        return {"amqps": amqps, "environment": "bac-a-sable", "phase": phase, "certs": "/certs"}

    async def publish_as(self, client: str, vhost: str, body: bytes, properties: Properties) -> str:
        """Keep the publication."""
        self.published.append(Published(client, vhost, body, properties))
        return self.journal.new_id()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.advance(seconds)

    async def set_phase(self, phase: Phase, *, disconnect: bool = False) -> int:
        """Three connections are dropped when asked to."""
        self.engine.phase, self.current = phase, phase.value
        return 3 if disconnect else 0

    async def reset(self) -> None:
        """Clock and journal as at start."""
        self.clock.reset()
        self.journal.clear()
        self.conversions.forget()


def a_message(journal: Journal, **different: Any) -> Entry:
    """A message added to the journal, told to whoever waits."""
    values: dict[str, Any] = {
        "id": journal.new_id(),
        "at": 1_700_000_000.0,
        "vhost": "15-15_v2.0",
        "sender": "fr.health.samuA",
        "body": b"{}",
        "header": encode_properties(Properties(content_type="application/json")),
        "outcome": "routed",
    }
    entry = Entry(**values | different)
    journal.add(entry)
    journal.tell(entry)
    return entry
