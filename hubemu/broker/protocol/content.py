"""What a method brings along: content header, body frames (AMQP 0-9-1, 2.3.5.2).

The order of frames is checked here and nowhere else, with RabbitMQ's words. A body above the
limit is counted but not kept: it is refused when it is complete, as RabbitMQ does. What is kept of
a body while frames are missing counts as held by the broker.
"""

from __future__ import annotations

from hubemu.broker.core import MemoryUse
from hubemu.broker.core.errors import FULL
from hubemu.broker.protocol.refusal import connection_refusal, unexpected_frame
from hubemu.broker.wire.basic import BASIC, decode_header
from hubemu.broker.wire.frames import BODY, HEADER

__all__ = ["Content"]

_NO_HEADER = (0, 1, 0, b"")
"""Another frame than a content header: refused as RabbitMQ refuses a weight."""


class Content:
    """One publish until its last body frame is there, or another method that carries content.

    Args:
        exchange: as the method said.
        routing_key: as the method said.
        bits: 1 mandatory, 2 immediate.
        limit: octets of body that are kept.
        memory_use: counts what is held.
        method: what the client sent.
    """

    __slots__ = (
        "_chunks",
        "_limit",
        "_memory_use",
        "_missing",
        "bits",
        "exchange",
        "header",
        "held",
        "method",
        "routing_key",
        "size",
    )

    def __init__(
        self,
        exchange: str,
        routing_key: str,
        bits: int,
        limit: int,
        memory_use: MemoryUse,
        method: str = "basic.publish",
    ) -> None:
        self.method = method
        self.exchange = exchange
        self.routing_key = routing_key
        self.bits = bits
        self.header: bytes | None = None
        """raw properties, `None` until they came"""
        self.size = 0
        """octets of body, as the content header said"""
        self._missing = 0
        self.held = 0
        """octets that the memory_use counts"""
        self._limit = limit
        self._memory_use = memory_use
        self._chunks: list[bytes] = []

    @property
    def too_large(self) -> bool:
        """Whether the body is above the limit, and not kept."""
        return self.size > self._limit

    @property
    def body(self) -> bytes:
        """The body, once complete."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def add(self, kind: int, payload: bytes) -> bool:
        """Take the next frame of the channel; True if the message is complete with it.

        Raises:
            Refusal: another frame must come (505), or the broker is full (506).
        """
        if self.header is None:
            return self._add_header(kind, payload)
        if kind != BODY:
            raise unexpected_frame(
                "expected content body, got non content body frame instead", self.method
            )
        self._missing -= len(payload)
        if not self.too_large and self._missing >= 0:
            self._chunks.append(payload)
            if self._missing:
                self._hold(len(payload))
        return self._missing == 0

    def _add_header(self, kind: int, payload: bytes) -> bool:
        class_id, weight, size, raw = decode_header(payload) if kind == HEADER else _NO_HEADER
        if weight:
            raise unexpected_frame(
                "expected content header for class 60, got non content header frame instead",
                self.method,
            )
        if class_id != BASIC:
            raise unexpected_frame(
                f"expected content header for class 60, got one for class {class_id} instead",
                self.method,
            )
        self.header = raw
        self.size = self._missing = size
        if size:
            # Quietly: as a rule the whole body is in the next frame, and nothing is held then.
            self.held = len(raw)
            self._memory_use.count(self.held)
        return size == 0

    def _hold(self, size: int) -> None:
        self.held += size
        self._memory_use.hold(size)
        if self._memory_use.full:
            raise connection_refusal(506, FULL, self.method)

    def let_go(self) -> None:
        """Hold nothing any more: complete, or given up. The memory_use is to `review` then."""
        held, self.held = self.held, 0
        self._memory_use.count(-held)
