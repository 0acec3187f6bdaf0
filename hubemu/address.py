"""Addresses: as URLs write them, and by which name a listener is reached."""

from __future__ import annotations

import socket
from ipaddress import ip_address

__all__ = ["authority", "is_loopback", "reachable_name"]


def authority(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether a listener bound to `host`, a name or an address, is reached from this machine only.

    A name is judged by each address it has; one that has none is not taken for loopback.
    """
    try:
        found = socket.getaddrinfo(
            host or None, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError):
        return False
    addresses = (ip_address(str(row[4][0]).partition("%")[0]) for row in found)
    return all((getattr(one, "ipv4_mapped", None) or one).is_loopback for one in addresses)


def reachable_name(bound: str) -> str:
    """The name to reach a listener on this machine by.

    `localhost` is best, because some clients match no certificate against an IP address (facts:
    clients, 9), but only where it leads to the address bound.
    """
    address = ip_address(bound) if _is_address(bound) else None
    if address is None or not (address.is_loopback or address.is_unspecified):
        return bound
    loopback = "127.0.0.1" if address.version == 4 else "::1"
    first = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)[0][4][0]
    return "localhost" if first == loopback else loopback


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
