"""What the broker refused to a client that TLS had let in, for whoever tells people of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hubemu.broker.protocol.auth import Peer

__all__ = ["OnRefused", "Refused", "Scope"]

Scope: TypeAlias = Literal["login", "vhost", "channel", "connection"]
"""What the client lost: its login, the vHost, one channel, or the whole connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One refusal.

    Attributes:
        user: who logged in, empty before that.
        vhost: the one that is open, or that was asked for.
        channel: its number, 0 for the connection.
        method: the AMQP method that was refused, empty where it was none.
        code: AMQP reply code; 0 where RabbitMQ hangs up without one.
        text: the reply text, or what RabbitMQ writes into its log instead.
    """

    scope: Scope
    peer: Peer
    user: str
    vhost: str
    channel: int
    method: str
    code: int
    text: str


OnRefused: TypeAlias = Callable[[Refused], None]
