"""A client of the Hub in a test, with methods that block."""

from __future__ import annotations

from typing import Any, Self

from hubemu.testing.async_client import AsyncClient
from hubemu.testing.frames import TOLD
from hubemu.testing.portal import Portal
from hubemu.testing.received import Received

__all__ = ["Client"]
__tracebackhide__ = TOLD


class Client:
    """What `AsyncClient` is, waited for."""

    def __init__(self, client: AsyncClient, portal: Portal) -> None:
        self._client = client
        self._portal = portal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def id(self) -> str:
        """Its client id."""
        return self._client.id

    @property
    def vhost(self) -> str:
        """Where it is connected."""
        return self._client.vhost

    def connect(self) -> None:
        """Connect anew (see `AsyncClient.connect`)."""
        self._portal.call(self._client.connect())

    def close(self) -> None:
        """Leave: what was not acknowledged goes back to its queue."""
        self._portal.call(self._client.close())

    def send(
        self,
        message: dict[str, Any] | str | bytes,
        *,
        to: str | None = None,
        kind: str | None = None,
        content_type: str | None = None,
        persistent: bool = True,
    ) -> str:
        """Publish a whole message, confirmed; its distributionID (see `AsyncClient.send`)."""
        return self._portal.call(
            self._client.send(
                message, to=to, kind=kind, content_type=content_type, persistent=persistent
            )
        )

    # As on the command line.
    def example(self, type: str, to: str | None = None) -> dict[str, Any]:  # noqa: A002
        """A valid message of a type, in JSON form (see `AsyncClient.example`)."""
        return self._portal.call(self._client.example(type, to))

    def receive(self, queue: str = "message", timeout: float = 5) -> Received:
        """The next message of a queue, not acknowledged (see `AsyncClient.receive`)."""
        return self._portal.call(self._client.receive(queue, timeout))

    def report(self, code: int | None = None, timeout: float = 5) -> Received:
        """The next error report, of that code (see `AsyncClient.report`)."""
        return self._portal.call(self._client.report(code, timeout))

    def nothing(self, queue: str = "message", seconds: float = 0.5) -> None:
        """See that nothing comes on a queue (see `AsyncClient.nothing`)."""
        self._portal.call(self._client.nothing(queue, seconds))

    def ack(self, received: Received) -> None:
        """Tell the broker that a message is dealt with."""
        self._portal.call(self._client.ack(received))

    def reject(self, received: Received, *, requeue: bool = False) -> None:
        """Tell the broker that a message is refused."""
        self._portal.call(self._client.reject(received, requeue=requeue))

    def acknowledge(self, received: Received) -> str:
        """Send the RC-REF of a message; its distributionID (see `AsyncClient.acknowledge`)."""
        return self._portal.call(self._client.acknowledge(received))
