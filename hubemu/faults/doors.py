"""Where connections come in, on either engine: the families are asked and told there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.auth import Peer
from hubemu.broker.server import AmqpServer
from hubemu.broker.tls import TlsGate
from hubemu.faults.network.network import Facts, Network, Party

__all__ = ["ServerDoor"]


class ServerDoor:
    """The listener of the embedded broker; a `ServerInterposer`.

    Args:
        server: whose; it is asked only while the door is `open`.
        users: names that clients log in by, with their client ids.
        network: is asked of each connection.
        opened: is told of each that is open.
        gate: what the next handshake meets.
    """

    def __init__(
        self,
        server: AmqpServer,
        users: Mapping[str, str],
        network: Network,
        opened: Callable[[OpenConnection], None],
        gate: Callable[[], TlsGate | None],
    ) -> None:
        self._server = server
        self._users = users
        self._network = network
        self._tell_opened = opened
        self._gate = gate

    def watch(self, wanted: bool) -> None:
        """Whether any fault is in force that must know who comes."""
        self._server.interposer = self if wanted else None

    def parties(self) -> Iterator[Party]:
        """The connections that are open."""
        for opened in self._server.open_connections():
            yield opened.socket, self._facts(opened)

    # What the server asks (ServerInterposer)

    def gate(self) -> TlsGate | None:
        """See `ServerInterposer`."""
        return self._gate()

    def accepts(self, socket: ClientSocket) -> bool:
        """See `ServerInterposer`."""
        return self._network.came(socket, {})

    def identified(self, socket: ClientSocket, peer: Peer) -> bool:
        """See `ServerInterposer`."""
        return self._network.came(socket, {"client": self._client(peer.common_name)})

    def opened(self, opened: OpenConnection) -> None:
        """See `ServerInterposer`."""
        if self._network.came(opened.socket, self._facts(opened)):
            self._tell_opened(opened)
        else:
            opened.socket.abort()

    def _facts(self, opened: OpenConnection) -> Facts:
        return {"client": self._client(opened.info.user), "vhost": opened.info.vhost}

    def _client(self, name: str | None) -> str | None:
        return self._users.get(name, name) if name is not None else None
