"""What a broker says of a publication."""

from __future__ import annotations

from enum import Enum

__all__ = ["Confirmation"]


class Confirmation(Enum):
    """What became of a publication."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    """No queue took it."""
    REFUSED = "refused"
    """The broker did not take it (basic.nack)."""
