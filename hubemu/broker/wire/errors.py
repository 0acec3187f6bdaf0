"""What is wrong with bytes that came from a peer."""

from __future__ import annotations

__all__ = ["MalformedError"]


class MalformedError(ValueError):
    """Bytes that cannot be what their place in the protocol says they are."""
