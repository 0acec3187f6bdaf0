"""What the Hub made of a message that was just sent: its row in the journal, awaited."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from typing import Any

from hubemu.client.control import ControlClient
from hubemu.errors import StartError

__all__ = ["Verdicts"]

_JUDGED = frozenset({"routed", "rejected", "dropped"})


class Verdicts:
    """The verdicts on the messages of one sender from now on.

    Args:
        hub: where they are asked for.
        sender: the routing key.
        vhost: the vHost.
    """

    def __init__(self, hub: ControlClient, sender: str, vhost: str) -> None:
        self._hub = hub
        self._sender = sender
        self._wanted = {"client": sender, "vhost": vhost}
        self._after: int = hub.get("/api/v1/events", {"limit": "1"})["next"]

    def on(self, body: bytes, timeout: float) -> dict[str, Any]:
        """The journal's message whose body is `body`, as soon as it is judged.

        Raises:
            StartError: it was not within `timeout` seconds.
        """
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")
        for event in self._events(time.monotonic() + timeout):
            if event["kind"] in _JUDGED and event["sender"] == self._sender:
                message: dict[str, Any] = self._hub.get(f"/api/v1/messages/{event['id']}")
                if message["sha256"] == digest:
                    return message
        raise StartError(
            f"the Hub has the message, and no verdict within {timeout:g} s: look at hubemu logs"
        )

    def _events(self, deadline: float) -> Iterator[dict[str, Any]]:
        while (left := deadline - time.monotonic()) > 0:
            asked = {"after": str(self._after), "wait": f"{left:.3f}"}
            page = self._hub.get("/api/v1/events", self._wanted | asked, timeout=left + 10)
            yield from page["events"]
            self._after = page["next"]
