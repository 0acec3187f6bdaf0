"""The last TLS attempts, good and refused, as plain dicts ready for JSON."""

from __future__ import annotations

from collections import deque
from typing import Any

__all__ = ["ConnectionLog"]


class ConnectionLog:
    """Keeps the last `max_attempts` attempts; the oldest give way."""

    def __init__(self, max_attempts: int = 1_000) -> None:
        self._attempts: deque[dict[str, Any]] = deque(maxlen=max_attempts)

    def add(self, attempt: dict[str, Any]) -> None:
        """Keep one attempt."""
        self._attempts.append(attempt)

    def attempts(self) -> list[dict[str, Any]]:
        """The attempts kept, newest last."""
        return list(self._attempts)

    def clear(self) -> None:
        """Forget them."""
        self._attempts.clear()
