"""A Hub of a test's own, with methods that block."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from hubemu.errors import HubemuError
from hubemu.scenarios.results import ScenarioResult
from hubemu.testing.async_hub import DEFAULT_VHOST, AsyncHub
from hubemu.testing.client import Client
from hubemu.testing.controls import Clock, Faults, Journal
from hubemu.testing.frames import TOLD
from hubemu.testing.portal import Portal
from hubemu.testing.snapshots import Snapshot

__all__ = ["Hub"]
__tracebackhide__ = TOLD


class Hub:
    """A Hub on free ports for the life of a `with`, in a thread of its own.

    Takes what `AsyncHub` takes.
    """

    def __init__(self, **settings: Any) -> None:
        self._hub = AsyncHub(**settings)
        self._portal: Portal | None = None
        self._clients: list[Client] = []

    def __enter__(self) -> Self:
        portal = self._portal = Portal()
        try:
            portal.call(self._hub.__aenter__())
        except BaseException:
            portal.close()
            self._portal = None
            raise
        return self

    def __exit__(self, *_: object) -> None:
        portal = self._up()
        try:
            self.close_clients()
            portal.call(self._hub.__aexit__(None, None, None))
        finally:
            portal.close()
            self._portal = None

    def _up(self) -> Portal:
        if self._portal is None:
            raise RuntimeError("the Hub is up within `with` only")
        return self._portal

    @property
    def endpoints(self) -> dict[str, Any]:
        """What `endpoints.json` says."""
        return self._hub.endpoints

    @property
    def http(self) -> str:
        """The URL of the control API."""
        return self._hub.http

    @property
    def certs(self) -> Path:
        """The folder of the certificates."""
        return self._hub.certs

    def url(self, vhost: str = DEFAULT_VHOST) -> str:
        """The `amqps://` URL of a vHost."""
        return self._hub.url(vhost)

    def environment(self, client: str, vhost: str = DEFAULT_VHOST) -> dict[str, str]:
        """The environment variables of `hubemu env` for a client."""
        return self._hub.environment(client, vhost)

    def client(self, client: str, vhost: str = DEFAULT_VHOST) -> Client:
        """A connected client, closed with the Hub at the latest.

        Raises:
            InputError: the Hub has no such client or vHost.
            CheckFailed: the Hub refuses it.
        """
        try:
            connected = Client(self._hub.client(client, vhost), self._up())
        except HubemuError as error:
            raise error.with_traceback(None) from None  # as what `Portal` says
        connected.connect()
        self._clients.append(connected)
        return connected

    def close_clients(self) -> None:
        """Every client leaves."""
        while self._clients:
            with suppress(HubemuError):
                self._clients.pop().close()

    def reset(self) -> None:
        """Empty queues and journal, no faults; clients, phase and clock as at start."""
        self._up().call(self._hub.reset())

    def snapshot(self, name: str | None = None) -> Snapshot:
        """The Hub as it is now, to come back to (see `AsyncHub.snapshot`)."""
        portal = self._up()
        return Snapshot(portal.call(self._hub.snapshot(name)), portal)

    @property
    def faults(self) -> Faults:
        """Its fault rules."""
        return Faults(self._hub.facts.control)

    @property
    def clock(self) -> Clock:
        """Its clock."""
        return Clock(self._hub.facts.control)

    @property
    def journal(self) -> Journal:
        """What became of each message."""
        return Journal(self._hub.facts.control)

    def play(self, scenario: str | Path, **options: Any) -> ScenarioResult:
        """Play a scenario on this Hub (see `AsyncHub.play`)."""
        return self._up().call(self._hub.play(scenario, **options))
