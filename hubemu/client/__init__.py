"""A client of the Hub as vendors write it: AMQPS, client certificate, EXTERNAL, confirms."""

from hubemu.client.connection import Endpoint, HubClient, connect, publish_once
from hubemu.client.document import Document, content_type_of, read_document, read_file
from hubemu.client.glance import Glance, glance
from hubemu.client.inbox import Inbox
from hubemu.client.outgoing import address, refresh
from hubemu.client.received import Received

__all__ = [
    "Document",
    "Endpoint",
    "Glance",
    "HubClient",
    "Inbox",
    "Received",
    "address",
    "connect",
    "content_type_of",
    "glance",
    "publish_once",
    "read_document",
    "read_file",
    "refresh",
]
