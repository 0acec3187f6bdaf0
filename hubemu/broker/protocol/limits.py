"""Bounds of one connection, with RabbitMQ's defaults where it has them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ConnectionLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """What is proposed in connection.tune, and what a client may make this connection hold."""

    channel_max: int = 2047
    frame_max: int = 131_072
    """octets"""
    handshake_frame_max: int = 4096
    """octets, until tune-ok"""
    frame_min: int = 4096
    """octets; AMQP lets no client ask for less"""
    heartbeat: int = 60
    """seconds"""
    max_message_size: int = 128 * 1024 * 1024
    """octets of body"""
    output_high: int = 512 * 1024
    """octets waiting to be sent above which consumers get no more"""
    output_limit: int = 16 * 1024 * 1024
    """octets waiting to be sent above which the client's own frames wait as well"""
