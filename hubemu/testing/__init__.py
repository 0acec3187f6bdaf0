"""A Hub and its clients for tests, in any framework; the pytest fixtures are made of these.

with Hub() as hub, hub.client("fr.health.samuA") as samu:
    identifier = samu.send(samu.example("RS-EDA", to="fr.health.samuB"))
"""

from hubemu.testing.async_client import AsyncClient
from hubemu.testing.async_hub import AsyncHub
from hubemu.testing.client import Client
from hubemu.testing.hub import Hub
from hubemu.testing.received import Received
from hubemu.testing.snapshots import AsyncSnapshot, Snapshot

__all__ = ["AsyncClient", "AsyncHub", "AsyncSnapshot", "Client", "Hub", "Received", "Snapshot"]
