"""A broker in this process as its management API sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hubemu.broker.core import Broker
from hubemu.broker.server import ConnectionInfo

__all__ = ["BrokerView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerView:
    """The broker's own objects, for reading only.

    `users` are names, with the client id of each; `listener` is host and port; `started_at` in
    seconds since the epoch.
    """

    broker: Broker
    connections: tuple[ConnectionInfo, ...]
    users: Mapping[str, str]
    listener: tuple[str, int]
    started_at: float
