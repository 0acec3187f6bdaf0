"""What all parts of one broker share."""

from __future__ import annotations

from dataclasses import dataclass, field

from hubemu.broker.core.backlog import Backlog
from hubemu.broker.core.deadlines import Deadlines
from hubemu.broker.core.durability import NoStore, Store
from hubemu.broker.core.limits import Limits
from hubemu.broker.core.memory_use import MemoryUse
from hubemu.broker.core.observer import Observer
from hubemu.clock import Clock

__all__ = ["Runtime"]


@dataclass(frozen=True, slots=True)
class Runtime:
    """Clock, observer, limits, counts, store and remaining work of one broker."""

    clock: Clock
    observer: Observer
    limits: Limits
    memory_use: MemoryUse
    store: Store = field(default_factory=NoStore)
    deadlines: Deadlines = field(default_factory=Deadlines)
    backlog: Backlog = field(default_factory=Backlog)
