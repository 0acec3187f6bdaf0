"""What tests of the dispatcher start from: contexts, deliveries and a vHost that records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from hubemu.broker.wire.properties import encode_properties
from hubemu.dispatcher import Delivery, VHostContext
from hubemu.messages import example_message, load_release
from hubemu.properties import Properties
from hubemu.routing import RoutingTables, load_routing
from hubemu.settings import Environment, Settings
from tests.support.messages import as_bytes, envelope

__all__ = [
    "NOW",
    "SDIS",
    "A",
    "B",
    "C",
    "RecordingVHost",
    "a_case",
    "a_message",
    "context",
    "delivery",
    "incoming",
    "message_in",
    "now",
    "persistent",
]

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
SDIS = "fr.fire.nexsis.sdisZ"
NOW = 1_800_000_000.0
"""2027-01-15T08:00:00Z, when all this happens."""


def now() -> float:
    """The time that stands still."""
    return NOW


@cache
def _tables() -> RoutingTables:
    return load_routing()


@cache
def context(
    vhost: str = "15-15_v2.0", environment: Environment = Environment.SANDBOX
) -> VHostContext:
    """The built-in vHost of that name."""
    settings = Settings(home=Path("unused"), environment=environment)
    release = load_release(_tables().vhosts[vhost].model)
    return VHostContext.of(vhost, release, _tables(), settings)


def a_message(sender: str = A, recipient: str = C, *message: Any, **changed: Any) -> dict[str, Any]:
    """A message sent `NOW` from Paris; a small customContent unless its content is given."""
    at = datetime.fromtimestamp(NOW, timezone(timedelta(hours=1)))
    defaults: dict[str, Any] = {"now": at, "expires_in": 100_000}
    return envelope(sender, recipient, *message, **(defaults | changed))


def a_case(kind: str = "RS-EDA", sender: str = A, recipient: str = SDIS) -> bytes:
    """A case of model 3.0.0; exchanged with a fire brigade it needs the CISU conversion."""
    at = datetime.fromtimestamp(NOW, UTC)
    return example_message(kind, "3.0.0", sender=sender, recipient=recipient, now=at)


def message_in(tree: dict[str, Any]) -> Any:
    """The `message` object of an envelope."""
    return tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]


def persistent(content_type: str | None = "application/json", **properties: Any) -> Properties:
    """The properties a good client sets, and more."""
    return Properties(**({"content_type": content_type, "delivery_mode": 2} | properties))


def delivery(
    body: bytes | dict[str, Any] | None = None,
    key: str = A,
    properties: Properties | None = None,
    **changed: Any,
) -> Delivery:
    """A delivery from `dispatch`, in JSON unless the properties say otherwise."""
    content = a_message() if body is None else body
    raw = content if isinstance(content, bytes) else as_bytes(content)
    header = encode_properties(persistent() if properties is None else properties)
    made = Delivery("m1", "15-15_v2.0", key, raw, header, False, NOW)
    return msgspec.structs.replace(made, **changed)


def incoming(body: bytes | dict[str, Any], key: str = A, **fields: Any) -> Any:
    """A delivery as the broker hands it over."""
    raw = body if isinstance(body, bytes) else as_bytes(body)
    properties = fields.pop("properties", None) or persistent()
    message = SimpleNamespace(
        routing_key=key,
        body=raw,
        header=encode_properties(properties),
        token=fields.pop("token", None),
    )
    return SimpleNamespace(message=message, redelivered=fields.pop("redelivered", False))


@dataclass
class RecordingVHost:
    """Stands in for the broker's VirtualHost: keeps what is published and how things settle.

    `log` has everything in order: `("publish", queue)`, `("ack", delivery)`, ...
    """

    absent: set[str] = field(default_factory=set)
    log: list[tuple[str, Any]] = field(default_factory=list)
    published: list[Any] = field(default_factory=list)
    takers: dict[str, Callable[[Any], None]] = field(default_factory=dict)

    def subscribe(self, queue: str, on_message: Callable[[Any], None], *, prefetch: int) -> Any:
        """A consumer that records."""
        self.takers[queue] = on_message

        def cancel() -> None:
            del self.takers[queue]
            self.log.append(("cancel", queue))

        return SimpleNamespace(
            ack=lambda one: self.log.append(("ack", one)),
            reject=lambda one, requeue=False: self.log.append(("reject", one)),
            cancel=cancel,
        )

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        header: bytes,
        *,
        mandatory: bool = False,
        token: object = None,
    ) -> bool:
        """Accept, unless the queue is one of the absent."""
        assert exchange == "distribution"
        if routing_key in self.absent:
            return False
        self.published.append(
            SimpleNamespace(
                queue=routing_key,
                body=body,
                header=header,
                mandatory=mandatory,
                token=token,
            )
        )
        self.log.append(("publish", routing_key))
        return True
