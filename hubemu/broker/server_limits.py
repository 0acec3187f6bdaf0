"""How many connections a server has, and when there is no place for one more."""

from __future__ import annotations

from dataclasses import dataclass, field

from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.openfiles import allowed_open_files

__all__ = ["ServerLimits"]

_OTHER_FILES = 100
"""Files that are left to everything that is no client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Bounds of a server, beside those of each connection."""

    connections: int = 10_000
    unfinished: int = 500
    """Connections that are not open yet: in TLS or AMQP handshake."""
    handshake_timeout: float = 10.0
    """seconds"""
    connection: ConnectionLimits = field(default_factory=ConnectionLimits)

    def no_place(self, open_: int, unfinished: int) -> str:
        """Why one more connection cannot be had beside so many, `unfinished` of which are in their
        handshakes; empty if it can."""
        files = allowed_open_files()
        if unfinished >= self.unfinished:
            return f"too many connections: {self.unfinished} have not finished their handshakes"
        if open_ >= self.connections:
            return f"too many connections: {self.connections} are open"
        if files is not None and open_ >= files - _OTHER_FILES:
            return f"too many connections: the system lets this process open {files} files (ulimit)"
        return ""
