"""Publishing as a client: really as that one, with its certificate, over a link of its own."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from itertools import cycle

from hubemu.amqp import Address, Link, LinkError, open_link
from hubemu.engines.engine import PublishRefused
from hubemu.engines.rabbitmq.node import Node
from hubemu.errors import StartError
from hubemu.properties import Properties
from hubemu.topology import HUB_EXCHANGE, Topology

__all__ = ["ClientPublisher", "holder_of"]

_PRECONDITION_FAILED = 406


class ClientPublisher:
    """Publishes on the node whose turn it is.

    Args:
        node: of a cluster, its nodes take turns.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._turns: Iterator[tuple[str, int]] = cycle(node.addresses)

    async def publish(
        self,
        tls: ssl.SSLContext,
        vhost: str,
        routing_key: str,
        body: bytes,
        properties: Properties,
    ) -> None:
        """Publish to the Hub, confirmed, with the certificate that `tls` shows.

        Raises:
            PublishRefused: the broker refuses the message.
            StartError: the broker does not take it.
        """
        try:
            link = await self.open_link(tls, vhost)
            try:
                await link.publish_confirmed(HUB_EXCHANGE, routing_key, body, properties)
            finally:
                await link.close()
        except LinkError as error:
            if error.code == _PRECONDITION_FAILED:
                raise PublishRefused(str(error)) from None
            raise StartError(f"RabbitMQ does not take the message: {error}") from None

    async def open_link(self, tls: ssl.SSLContext, vhost: str) -> Link:
        """A link to the node whose turn it is; to the next one if that cannot be reached.

        Raises:
            LinkError: none of them can be, or one refuses.
        """
        for _ in self._node.addresses[1:]:
            try:
                return await open_link(Address(*next(self._turns), tls, self._node.proxied), vhost)
            except LinkError as error:
                if error.code:
                    raise
        return await open_link(Address(*next(self._turns), tls, self._node.proxied), vhost)


def holder_of(topology: Topology, routing_key: str, vhost: str) -> str:
    """The client whose certificate may publish with a routing key.

    Raises:
        StartError: there is none.
    """
    for right in topology.vhosts[vhost].topic_permissions:
        if re.fullmatch(right.write, routing_key):
            return topology.users[right.user]
    raise StartError(f"no client may publish as {routing_key} on {vhost}")
