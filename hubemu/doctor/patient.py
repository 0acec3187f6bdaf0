"""Who is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hubemu.home import Home

__all__ = ["Patient"]


@dataclass(frozen=True, slots=True)
class Patient:
    """A home, the ports that a Hub in it would take, and the environment variables."""

    home: Home
    port: int
    http_port: int
    environment: Mapping[str, str]
