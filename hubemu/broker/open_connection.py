"""The connections that are open: what is told of each, and what can be done to it from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.core import Channel
from hubemu.broker.protocol.connection import Connection

__all__ = ["Admission", "ChannelInfo", "ConnectionInfo", "OpenConnection", "connection_info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInfo:
    """One open channel; `core` is the broker's side of it, for reading."""

    number: int
    core: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionInfo:
    """One open connection; `connected_at` in seconds since the epoch, `chain` DER, leaf first.

    `heartbeat` in seconds, `channel_max` and `frame_max` as agreed with the client.
    """

    id: str
    peer: str
    user: str
    vhost: str
    tls_version: str
    chain: tuple[bytes, ...]
    client_properties: Mapping[str, Any]
    connected_at: float
    channels: int
    mechanism: str = ""
    channel_max: int = 0
    frame_max: int = 0
    heartbeat: int = 0
    open_channels: tuple[ChannelInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Admission:
    """When a session was let in, and what it is called."""

    id: str
    at: float


class OpenConnection:
    """One open connection, to be acted on; each act is seen by the client at once.

    Args:
        info: what it was when it was asked for.
        socket: its socket, where `ClientSocket.transit` can be set.
        connection: its AMQP side.
        flush: has the session send what waits.
    """

    def __init__(
        self,
        info: ConnectionInfo,
        socket: ClientSocket,
        connection: Connection,
        flush: Callable[[], None],
    ) -> None:
        self.info = info
        self.socket = socket
        self.connection = connection
        self._flush = flush

    def channel(self, number: int) -> Channel | None:
        """The broker's side of one of its channels, if it is open."""
        found = self.connection.channels.get(number)
        return found.core if found is not None else None

    def close(self, code: int, text: str) -> None:
        """Close it (connection.close) with any reply code and text."""
        self.connection.close(code, text)
        self._flush()

    def close_by_force(self, explanation: str) -> None:
        """Close it as an operator does (320 CONNECTION_FORCED)."""
        self.connection.force_close(explanation)
        self._flush()

    def close_channel(self, number: int, code: int, text: str) -> None:
        """Close one of its channels (channel.close), if it is open, with any code and text."""
        self.connection.close_channel(number, code, text)
        self._flush()

    def cancel_consumers(self, number: int, tags: Iterable[str] | None = None) -> None:
        """End consumers of a channel, all or some, as if their queues were gone (basic.cancel)."""
        channel = self.channel(number)
        if channel is not None:
            channel.consumers.cancel_all(tags)
        self._flush()

    def block(self, reason: str, holder: str = "block") -> None:
        """Stop it at its next publish (connection.blocked), until `unblock` by the same holder."""
        self.connection.alarm(reason, True, holder)

    def unblock(self, reason: str, holder: str = "block") -> None:
        """Let it publish again (connection.unblocked), unless another reason is left."""
        self.connection.alarm(reason, False, holder)
        self._flush()

    def hold_heartbeats(self) -> None:
        """Send it no heartbeat from now on; whatever else there is to say is said."""
        self.connection.hold_heartbeats()

    def release_heartbeats(self) -> None:
        """Send it heartbeats again, at once if one came due meanwhile."""
        self.connection.release_heartbeats()
        self._flush()


def connection_info(connection: Connection, admission: Admission) -> ConnectionInfo:
    """What is told of a connection."""
    handshake = connection.handshake
    return ConnectionInfo(
        id=admission.id,
        peer=connection.peer.address,
        user=handshake.user_name,
        vhost=handshake.vhost_name,
        tls_version=connection.peer.tls_version,
        chain=connection.peer.chain,
        client_properties=handshake.client_properties,
        connected_at=admission.at,
        channels=len(connection.channels),
        mechanism=handshake.mechanism,
        channel_max=handshake.channel_max,
        frame_max=handshake.frame_max,
        heartbeat=handshake.heartbeat,
        open_channels=tuple(
            ChannelInfo(number=number, core=core) for number, core in connection.channels.cores()
        ),
    )
