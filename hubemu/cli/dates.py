"""Dates on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

from hubemu.errors import InputError

__all__ = ["instant"]


def instant(option: str, text: str) -> datetime:
    """The instant an option names, midnight UTC for a day alone (InputError: it is none)."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            option, f"{text!r} is no date: write 2027-01-20 or 2027-01-20T08:00+01:00"
        ) from None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
