"""Seconds as Xerces prints them."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["printed_seconds"]


def printed_seconds(second: float) -> str:
    """A number of seconds without exponent, and without a point if it is whole."""
    return str(int(second)) if second.is_integer() else f"{Decimal(repr(second)):f}"
