"""Where connections come in before RabbitMQ: the relay, which sees octets and no names.

TLS is between the client and the node, so the relay cannot read who comes. The node tells: it
learns the client's real address from the relay (PROXY protocol) and writes it into its log with
user and vHost, as soon as the connection is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from weakref import WeakKeyDictionary

from hubemu.broker.client_socket import ClientSocket
from hubemu.engines.rabbitmq.nodelog import Connected
from hubemu.faults.network.network import Facts, Network, Party
from hubemu.relay import Relay

__all__ = ["RelayDoor"]


class RelayDoor:
    """A relay's listener; a `RelayInterposer`.

    Args:
        relay: whose; it is asked only while the door is watched.
        users: names that clients log in by, with their client ids.
        network: is asked of each connection.
    """

    def __init__(self, relay: Relay, users: Mapping[str, str], network: Network) -> None:
        self._relay = relay
        self._users = users
        self._network = network
        self._facts: WeakKeyDictionary[ClientSocket, Facts] = WeakKeyDictionary()

    def watch(self, wanted: bool) -> None:
        """Whether any fault is in force that must know who comes."""
        self._relay.interposer = self if wanted else None

    def parties(self) -> Iterator[Party]:
        """The connections there are, with what is known of them."""
        for connection in self._relay.connections:
            yield connection.client, self._facts.get(connection.client, {})

    def accepts(self, socket: ClientSocket) -> bool:
        """See `RelayInterposer`."""
        return self._network.came(socket, {})

    def connected(self, connected: Connected) -> None:
        """The node tells of a client that is connected."""
        client = self._users.get(connected.user, connected.user)
        facts = {"client": client, "vhost": connected.vhost}
        for relayed in self._relay.connections:
            if relayed.peer == connected.peer:
                self._facts[relayed.client] = facts
                if self._relay.interposer is self and not self._network.came(relayed.client, facts):
                    relayed.client.abort()
