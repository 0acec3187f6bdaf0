"""The PROXY protocol, version 1: how a broker behind a relay learns who its client is."""

from __future__ import annotations

__all__ = ["Place", "proxy_header"]

Place = tuple[str, int]
"""Address and port."""


def proxy_header(source: Place, target: Place) -> bytes:
    """The line that says who connects: source and target address, as version 1 writes it."""
    family = "TCP6" if ":" in source[0] else "TCP4"
    return f"PROXY {family} {source[0]} {target[0]} {source[1]} {target[1]}\r\n".encode()
