"""What schemas say that is not read here."""

from __future__ import annotations

__all__ = ["Unread"]


class Unread(Exception):
    """The schema uses what this validator does not know; the text says what."""
