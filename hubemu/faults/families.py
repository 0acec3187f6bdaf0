"""Who carries out which rules on the engine of a Hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from hubemu.broker.protocol.refused import Refused
from hubemu.clock import Clock
from hubemu.engines import Engine
from hubemu.errors import StartError
from hubemu.faults.book import RuleBook
from hubemu.faults.family import Family
from hubemu.faults.fault import Fault
from hubemu.pki import Pki
from hubemu.supervision import Supervision
from hubemu.topology import Topology

__all__ = ["EngineFaults", "FaultParts", "install_on"]

_OF_CONNECTIONS: Final = ("network", "broker", "certificates")


class EngineFaults(Family, Protocol):
    """The families that act on an engine's connections and broker."""

    def behind(self, refused: Refused) -> str | None:
        """The id of the rule by which the broker refused something, if one did."""

    def shown(self) -> str | None:
        """The id of the rule by which the Hub shows a bad certificate, if one does."""

    async def follow(self) -> None:
        """Other users, queues or vHosts are there: rules are in force where they could strike."""

    def struck(self, peer: str) -> list[str]:
        """The ids of the rules in force that have struck the connection from an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultParts:
    """What faults of connections and broker need besides the engine.

    `dispatch` carries out the rules of the dispatcher.
    """

    topology: Topology
    dispatch: Family
    pki: Pki
    clock: Clock
    supervision: Supervision


async def install_on(engine: Engine, book: RuleBook, parts: FaultParts) -> EngineFaults:
    """Have the rules of connections, broker and certificates carried out on a started engine.

    What a Hub that was killed left behind on its broker is taken away.

    Raises:
        StartError: RabbitMQ does not let it be.
    """
    faults = (
        await _on_rabbitmq(engine, parts)
        if engine.name == "rabbitmq"
        else _on_embedded(engine, parts)
    )
    book.install(_OF_CONNECTIONS, faults)
    return faults


def _on_embedded(engine: Engine, parts: FaultParts) -> EngineFaults:
    from hubemu.engines.embedded import EmbeddedEngine
    from hubemu.faults.on_embedded import OnEmbedded

    if not isinstance(engine, EmbeddedEngine) or engine.server is None:
        raise RuntimeError("faults are installed on an engine that is started")
    return OnEmbedded(engine, engine.server, parts.topology, parts.pki, parts.clock)


async def _on_rabbitmq(engine: Engine, parts: FaultParts) -> EngineFaults:
    # Imported when chosen: it would only slow down the start of the other.
    from hubemu.engines.rabbitmq.engine import RabbitMqEngine
    from hubemu.engines.rabbitmq.management import ManagementError
    from hubemu.faults.on_rabbitmq import OnRabbitMq

    class Managed(OnRabbitMq):
        """Tells in our words what the management API refuses."""

        async def begin(self, fault: Fault) -> None:
            try:
                await super().begin(fault)
            except ManagementError as error:
                raise StartError(f"RabbitMQ cannot be made to {fault.effect}: {error}") from None

        async def end(self, fault: Fault) -> None:
            try:
                await super().end(fault)
            except ManagementError as error:
                raise StartError(f"{fault.effect} cannot be ended on RabbitMQ: {error}") from None

        async def follow(self) -> None:
            try:
                await super().follow()
            except ManagementError as error:
                raise StartError(f"RabbitMQ does not let the fault rules be: {error}") from None

    if not isinstance(engine, RabbitMqEngine):
        raise RuntimeError(f"{engine.name} is no RabbitMQ")
    managed = Managed(
        engine, parts.topology, parts.pki, parts.clock, parts.supervision, parts.dispatch
    )
    try:
        await managed.prepare()
    except ManagementError as error:
        raise StartError(f"RabbitMQ does not tell what faults are left on it: {error}") from None
    return managed
