"""The refusal of a conversion, in the words of the conversion service (facts: converter 2)."""

from __future__ import annotations

__all__ = ["ConversionRefused"]


class ConversionRefused(Exception):
    """The message cannot be converted; the text is the service's."""
