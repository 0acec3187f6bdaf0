"""What a Hub needs of its broker, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hubemu.broker.core.queue import QueueDepth
from hubemu.clock import Clock
from hubemu.dispatcher import Converter, Metrics, VHostContext
from hubemu.dispatcher.interposing import MessageInterposer
from hubemu.engines.broker_view import BrokerView
from hubemu.errors import CheckFailed
from hubemu.journal.journal import Journal
from hubemu.pki import Pki
from hubemu.properties import Properties
from hubemu.routing import TablesInForce
from hubemu.settings import Phase, Settings
from hubemu.topology_change import TopologyChange

if TYPE_CHECKING:
    from hubemu.dispatcher.tracing.tracing import Tracing

__all__ = ["DispatcherParts", "Dispatching", "Engine", "PublishRefused"]


class PublishRefused(CheckFailed):
    """The broker refuses a message for what it is; the text is the broker's own."""


class Dispatching(Protocol):
    """The dispatcher of an engine."""

    contexts: Mapping[str, VHostContext]
    """Live: what of each vHost is in force now."""

    @property
    def running(self) -> bool:
        """Whether it consumes on every vHost."""

    def start(self) -> None:
        """Begin to consume; must be called inside the event loop."""

    async def stop(self) -> None:
        """Consume no more. Safe to call twice."""

    async def rest(self) -> None:
        """Consume no more until `start`; processes that share the work stay, with nothing to do."""

    async def follow(self) -> None:
        """`contexts` has changed: treat messages as it says from the next one on.

        Nothing is lost, nor treated twice; `Engine.consumed` waits until a vHost that is new is
        consumed.
        """

    def health(self) -> dict[str, Any]:
        """Facts for the health page."""

    async def work_alone(self, alone: bool) -> None:
        """Have this process alone treat messages, where several share them; or share them again.

        `interposer` sees all messages while it does. Nothing is lost, nor treated twice.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatcherParts:
    """What a dispatcher is made of besides its broker.

    `tables` and `settings` are what `contexts` are made from, for dispatchers in other processes.
    `interposer` stands between each verdict and its being carried out, in this process only (see
    `work_alone`). `unique` gives a UUID for each error report of a vHost; dispatchers in other
    processes draw theirs.
    """

    contexts: Mapping[str, VHostContext]
    journal: Journal
    metrics: Metrics
    clock: Clock
    converter: Converter | None
    tables: TablesInForce
    settings: Settings
    unique: Callable[[str], str]
    interposer: MessageInterposer | None = None
    tracing: Tracing | None = None


class Engine(Protocol):
    """A broker with the topology of a Hub: `start` it once, `stop` it always."""

    name: str
    """What `endpoints.json` calls it."""
    clock_moves: bool
    """Whether its time-to-lives follow the Hub's clock."""

    @property
    def phase(self) -> Phase:
        """The step of the migration that new connections meet."""

    @property
    def listening(self) -> bool:
        """Whether clients can connect, the topology being there."""

    @property
    def listener(self) -> tuple[str, int]:
        """Host and port where clients find it; only while it is started."""

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """Listen for clients; the port bound.

        Raises:
            StartError: it cannot, with the reason and the mend.
        """

    async def stop(self) -> None:
        """Close every connection and stop listening. Safe to call twice."""

    def dispatcher(self, parts: DispatcherParts) -> Dispatching:
        """The dispatcher that reaches this broker."""

    async def consumed(self) -> None:
        """Wait until the dispatcher, which was started, consumes.

        Raises:
            StartError: it does not manage to.
        """

    async def publish(
        self, client: str, vhost: str, body: bytes, properties: Properties, token: str
    ) -> None:
        """Publish to the Hub as a client; `token` becomes the id in the journal.

        Raises:
            PublishRefused: a client would get a channel error for it.
            StartError: the broker does not take it.
        """

    async def purge(self) -> None:
        """Empty every queue.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
        """

    async def settled(self) -> None:
        """Wait until all is done that follows from many messages having expired or left."""

    def use_certificates(self, pki: Pki) -> None:
        """Have the certificates of another folder from the next phase on, be it the same one."""

    async def set_phase(self, phase: Phase, *, disconnect: bool = False) -> int:
        """Meet new connections in `phase`; the number of open ones dropped, if asked to.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
        """

    async def renew_trust(self) -> None:
        """Have new handshakes meet what the home trusts and what is revoked now.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
        """

    async def make(self, change: TopologyChange) -> None:
        """Make what a change of the topology adds; what is there already stays as it is.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
            StartError: the broker does not do it.
        """

    async def remove(self, change: TopologyChange) -> int:
        """Remove what a change of the topology removes, the connections of its users and on its
        vHosts first (320 CONNECTION_FORCED); how many there were.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
            StartError: the broker does not do it.
        """

    async def check(self) -> None:
        """Have `listening` and `details` tell what is true now."""

    async def refresh(self) -> None:
        """Have `depths` and `connections` tell what is true now."""

    @property
    def counts_lag(self) -> float:
        """Seconds by which `depths` and `connections` may be behind after `refresh`."""

    def depths(self, vhost: str) -> Mapping[str, QueueDepth]:
        """The depth of every queue of a vHost."""

    def connections(self) -> list[dict[str, Any]]:
        """The open connections, as the control API shows them."""

    def view(self) -> BrokerView | None:
        """The broker's own objects, for reading; `None` if the broker tells of them itself."""

    def details(self) -> dict[str, Any]:
        """Facts for the health page."""
