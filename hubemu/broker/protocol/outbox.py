"""What a connection has to send: collected here, drained once per turn by the shell."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Outbox"]


class Outbox:
    """Bytes that wait to be sent.

    Args:
        wake: called when something waits where nothing waited before; may come more than once.
    """

    __slots__ = ("_chunks", "sent", "size", "wake")

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self._chunks: list[bytes] = []
        self.size = 0
        """Octets that wait."""
        self.sent = 0
        """Octets drained so far."""

    def write(self, data: bytes) -> None:
        """Send `data` after what waits already."""
        if not self._chunks:
            self.wake()
        self._chunks.append(data)
        self.size += len(data)

    def drain(self) -> bytes:
        """All that waits; it is the caller's to send."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        self.size = 0
        self.sent += len(data)
        return data
