"""The places of a server where something may stand in: who connects, and what TLS they meet."""

from __future__ import annotations

from typing import Protocol

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.auth import Peer
from hubemu.broker.tls import TlsGate

__all__ = ["ServerInterposer"]


class ServerInterposer(Protocol):
    """Asked of each connection that comes (`AmqpServer.interposer`)."""

    def gate(self) -> TlsGate | None:
        """What the next TLS handshake meets, such as another certificate; `None`: the usual."""

    def accepts(self, socket: ClientSocket) -> bool:
        """A client connected; False resets its socket.

        Its octets may be led through a `ClientSocket.transit` from the first one on.
        """

    def identified(self, socket: ClientSocket, peer: Peer) -> bool:
        """TLS is over: the client's certificate is known, nothing of AMQP was said yet.

        False resets its socket.
        """

    def opened(self, opened: OpenConnection) -> None:
        """A connection is open: its user and vHost are known."""
