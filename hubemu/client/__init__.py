"""A client of the Hub as vendors write it: AMQPS, client certificate, EXTERNAL, confirms."""

from hubemu.client.connection import Endpoint, HubClient, connect, publish_once
from hubemu.client.inbox import Inbox
from hubemu.client.outgoing import address, refresh
from hubemu.client.received import Received

__all__ = [
    "Endpoint",
    "HubClient",
    "Inbox",
    "Received",
    "address",
    "connect",
    "publish_once",
    "refresh",
]
