"""Heartbeats both ways, from octet counters and the shell's clock."""

from __future__ import annotations

from hubemu.broker.wire.frames import HEARTBEAT_FRAME

__all__ = ["Heartbeat"]


class Heartbeat:
    """When to send a heartbeat, and when the peer counts as gone (RabbitMQ's rules).

    Sent when nothing else was sent for half the interval, and again after each further half. The
    peer is gone when nothing came during two intervals in a row.

    Args:
        interval: seconds, as agreed in tune-ok; 0 for no heartbeats.
        now: the shell's clock, in seconds.
    """

    __slots__ = ("_checked", "_interval", "_looked", "_received", "_sent", "_silences")

    def __init__(self, interval: int, now: float) -> None:
        self._interval = interval
        self._looked = self._checked = now
        self._sent = self._received = -1
        self._silences = 0

    @property
    def period(self) -> float:
        """Seconds between two looks that keep both rules."""
        return self._interval / 2

    def due(self, now: float, sent: int) -> bool:
        """Whether a heartbeat must be sent, `sent` octets having been sent so far."""
        if not self._interval or now - self._looked < self.period:
            return False
        idle = sent == self._sent
        self._looked, self._sent = now, sent + (len(HEARTBEAT_FRAME) if idle else 0)
        return idle

    def excuse(self, now: float) -> None:
        """The peer could not be heard until now: its silence counts from here."""
        self._checked, self._silences = now, 0

    def lost(self, now: float, received: int) -> bool:
        """Whether the peer is gone, `received` octets having come so far."""
        if not self._interval or now - self._checked < self._interval:
            return False
        self._silences = self._silences + 1 if received == self._received else 0
        self._checked, self._received = now, received
        return self._silences > 1
