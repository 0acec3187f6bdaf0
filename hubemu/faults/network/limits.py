"""What the network's faults cannot be limited to, with the reason."""

from __future__ import annotations

from hubemu.faults.fault import Fault

__all__ = ["why_not"]


def why_not(fault: Fault) -> str | None:
    """Why a rule of the family `network` cannot be put in force; `None` if it can."""
    if "queue" in fault.matched:
        return "octets of a connection belong to no queue: leave out queue, match client or vhost"
    return None
