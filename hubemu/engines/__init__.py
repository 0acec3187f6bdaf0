"""Engines: a broker started with a topology and the certificates of a migration phase."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from hubemu.clock import Clock
from hubemu.engines.engine import DispatcherParts, Dispatching, Engine, PublishRefused
from hubemu.events import ConnectionLog
from hubemu.journal.journal import Journal
from hubemu.pki import Pki
from hubemu.settings import EngineKind, Settings
from hubemu.supervision import Supervision
from hubemu.topology import Topology

__all__ = [
    "DispatcherParts",
    "Dispatching",
    "Engine",
    "EngineParts",
    "PublishRefused",
    "make_engine",
    "preload",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """What an engine is made of.

    `folder` is for the files of a broker outside this process, `state` for what survives the one
    inside; `None` if nothing does.
    """

    topology: Topology
    pki: Pki
    clock: Clock
    journal: Journal
    connection_log: ConnectionLog
    folder: Path
    supervision: Supervision
    state: Path | None = None


def preload(kind: EngineKind) -> None:
    """Load what `make_engine` will, while a start waits for something else."""
    import_module(f"{__name__}.{'embedded' if kind is EngineKind.EMBEDDED else 'rabbitmq.engine'}")


def make_engine(settings: Settings, parts: EngineParts) -> Engine:
    """The engine that the settings ask for.

    Raises:
        InputError: what they say of RabbitMQ cannot be used; the state on disk is damaged.
        StartError: RabbitMQ is nowhere to be had; another broker has the state.
    """
    # Each is imported when chosen: the other one would only slow down the start.
    if settings.engine is EngineKind.RABBITMQ:
        from hubemu.engines.rabbitmq.engine import RabbitMqEngine
        from hubemu.engines.rabbitmq.source import node_from

        node = node_from(
            settings.rabbitmq,
            parts.folder,
            parts.topology,
            parts.pki,
            parts.supervision,
            proxied=settings.relay,
        )
        return RabbitMqEngine(
            node,
            parts.topology,
            parts.pki,
            parts.clock,
            parts.connection_log,
            parts.supervision,
        )
    from hubemu.engines.embedded import EmbeddedEngine

    return EmbeddedEngine(
        parts.topology,
        parts.pki,
        parts.clock,
        parts.journal,
        parts.connection_log,
        parts.supervision,
        state=parts.state,
    )
