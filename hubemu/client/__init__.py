"""A client of the Hub as vendors write it: AMQPS, client certificate, EXTERNAL, confirms."""

from hubemu.client.connection import Endpoint, HubClient, connect
from hubemu.client.document import Document, content_type_of, read_document
from hubemu.client.glance import Glance, glance
from hubemu.client.outgoing import address, refresh
from hubemu.client.received import Received

__all__ = [
    "Document",
    "Endpoint",
    "Glance",
    "HubClient",
    "Received",
    "address",
    "connect",
    "content_type_of",
    "glance",
    "read_document",
    "refresh",
]
