"""A host and a port as URLs write them."""

from __future__ import annotations

__all__ = ["authority"]


def authority(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
