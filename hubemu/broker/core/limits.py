"""Bounds of everything that clients can make grow."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a broker holds before it refuses, in plain counts unless said otherwise.

    `queued_bytes` and `queued_messages` count what is in queues, delivered but unacked included,
    and what is on its way there: unfinished bodies, transactions that are not committed.
    Above them the broker is under pressure: publishers should be paused. Above
    `refuse_factor` times as much a publish is refused (506), whoever paused nobody.
    """

    vhosts: int = 256
    queues: int = 20_000
    """per vHost"""
    exchanges: int = 10_000
    """per vHost"""
    bindings: int = 100_000
    """per vHost"""
    consumers_per_channel: int = 10_000
    unacked_per_consumer: int = 1_000_000
    """A consumer without prefetch gets no more until it acknowledges some."""
    queued_messages: int = 5_000_000
    queued_bytes: int = 1024**3
    """Bodies, and headers that are large (`message.weight`)."""
    refuse_factor: float = 1.25
    deaths: int = 100
    """Entries of `x-death`; a message that died in more places is dropped."""
    transaction_messages: int = 100_000
    """Published in a transaction that is neither committed nor rolled back."""
    cached_routes: int = 10_000
    """Remembered (exchange, routing key) pairs, per vHost."""
    cached_routes_per_channel: int = 1_000
    cached_permissions: int = 10_000
    """Remembered names a user was checked for, per vHost."""
