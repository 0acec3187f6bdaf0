"""Where a dispatcher finds the broker."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hubemu.amqp import Address
from hubemu.pki import open_pki
from hubemu.settings import Phase

__all__ = ["Place", "dispatcher_addresses"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dispatcher finds the broker, in words that travel between processes."""

    listeners: tuple[tuple[str, int], ...]
    certificates: Path
    phase: Phase
    proxied: bool = False


def dispatcher_addresses(place: Place) -> list[Address]:
    """The addresses of a place: of a cluster, any node that is up will do."""
    tls = _dispatcher_tls(place.certificates, place.phase)
    return [Address(host, port, tls, place.proxied) for host, port in place.listeners]


@lru_cache(maxsize=1)
def _dispatcher_tls(certificates: Path, phase: Phase) -> ssl.SSLContext:
    """What the dispatcher shows and trusts; the same for the links of all vHosts."""
    return open_pki(certificates).dispatcher_context(phase)
