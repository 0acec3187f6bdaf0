"""A message as the broker holds it: shared by all the queues it was routed to.

Rules:
1. A message never changes once it is in a queue; a dead letter is a new message.
2. The raw header is what travels: a message that is only passed on is never decoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hubemu.broker.wire.properties import NO_PROPERTIES, decode_properties, headers
from hubemu.properties import Properties

__all__ = ["Message", "weight"]

_LIGHT: Final = 4096


class Message(msgspec.Struct, eq=False):
    """Body, properties and where it was published to.

    Attributes:
        exchange: name of the exchange it was last published to, `""` for the default one.
        routing_key: the key it was last published with.
        body: the content.
        header: raw property flags and list, as in a content header frame.
        token: what the publisher attached for the observer; a dead letter keeps it.
        blind_keys: further routing keys that recipients do not see (BCC).
        ttl: milliseconds it may live in a queue; set from `expiration` when it is published.
    """

    exchange: str
    routing_key: str
    body: bytes
    header: bytes = NO_PROPERTIES
    token: object = None
    blind_keys: tuple[str, ...] = ()
    ttl: int | None = None

    @property
    def properties(self) -> Properties:
        """The properties as a value.

        Raises:
            MalformedError: the raw header cannot be decoded.
        """
        return decode_properties(self.header)

    @property
    def headers(self) -> Mapping[str, Any]:
        """The headers table, empty if absent; does not decode the other properties."""
        return headers(self.header) or {}


def weight(message: Message) -> int:
    """What a message counts towards the memory limit: its body, and its header if that is large."""
    size = len(message.header)
    return len(message.body) + size if size > _LIGHT else len(message.body)
